import Foundation
import Tensors

/// Every weight of a network, learned: what modules beside a frozen one are measured against, and how
/// small networks are made to measure them on.
///
/// It needs gradients of all weights, which T5 and the Llama family have; others are refused.
package struct FullTuning: InsideModule {
  package static let kind = "full"

  package let layout: ParameterLayout
  private let configuration: ModelConfiguration
  private let shapes: [String: [Int]]
  private let slices: [String: ParameterLayout.Slice]

  private static let decoders = ["llama", "mistral", "qwen2", "qwen3"]

  /// - Parameter folder: the network's, whose weights it begins with.
  /// - Throws: `CheckpointError` for another architecture; as `WeightFiles`.
  package init(folder: String) throws {
    configuration = try ModelConfiguration(path: folder + "/config.json")
    let known = T5.modelTypes + Self.decoders
    guard let type = configuration.modelType, known.contains(type) else {
      throw configuration.wrong("model_type", "one of \(known.joined(separator: ", "))")
    }
    let files = try WeightFiles(folder: folder)
    var layout = ParameterLayout()
    var (shapes, slices) = ([String: [Int]](), [String: ParameterLayout.Slice]())
    for name in files.names {
      let shape = files.shape(of: name) ?? []
      shapes[name] = shape
      slices[name] = layout.append(
        name, rows: shape.dropLast().reduce(1, *), columns: shape.last ?? 1)
    }
    (self.layout, self.shapes, self.slices) = (layout, shapes, slices)
  }

  /// The weights in the network's folder.
  package func initialParameters() throws -> [Float] {
    let files = try WeightFiles(
      folder: URL(filePath: configuration.path).deletingLastPathComponent().path)
    return try layout.slices.flatMap { try files.tensor($0.name, shape: shapes[$0.name] ?? []) }
  }

  package var places: Int { 0 }
  var insideCount: Int { layout.count }

  /// The network of other weights, whatever `network` has.
  func attached(to network: any TunableNetwork, parameters: [Float]) -> any TunableNetwork {
    let weights = LearnedWeights(
      folder: configuration.path, shapes: shapes, slices: slices, parameters: parameters)
    do {
      if network.hasEncoder { return try T5(configuration, weights) }
      return try Llama(configuration, weights)
    } catch {
      preconditionFailure("expected the tensors of \(configuration.path), found \(error)")
    }
  }

  func backward(_ inside: [Float], parameters: [Float], addingTo gradient: inout [Float]) {
    add(inside, to: &gradient, from: 0)
  }

  package func applied(
    to network: any TunableNetwork, parameters: [Float]
  ) -> any GenerativeNetwork {
    attached(to: network, parameters: parameters)
  }

  /// The weights as a checkpoint holds them.
  package func tensors(_ parameters: [Float]) -> [NamedTensor] {
    layout.slices.map {
      NamedTensor(
        name: $0.name, shape: shapes[$0.name] ?? [], values: Array(parameters[$0.range]))
    }
  }

  package var facts: ModuleFacts { ModuleFacts() }

  package func saveAdapter(
    _ parameters: [Float], folder: String, base: String, for network: any TunableNetwork
  ) throws {
    throw CheckpointError(
      file: folder, expected: "a module beside a frozen network", found: Self.kind)
  }
}
