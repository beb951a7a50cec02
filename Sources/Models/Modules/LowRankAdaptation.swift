import Tensors

/// Low-rank changes of a frozen generative network's linear maps.
///
///     y = W x + (alpha / rank) B A x,   A [rank, inputs],  B [outputs, rank]
///
/// A and B are learned; W is not touched, and while learning not even copied. To generate, the
/// product is merged into the packed weights, where these are floats.
///
/// - Source: Hu et al. 2021, arXiv:2106.09685.
package struct LowRankAdaptation: InsideModule {
  package static let kind = "lora"
  /// Queries and values, as in the paper; all three where a network keeps them in one map.
  package static let usualTargets = ["q", "v", "c_attn"]

  package let rank: Int
  package let alpha: Float
  package let layout: ParameterLayout
  /// By the map's name.
  let sites: [String: Site]

  struct Site: Sendable {
    let a, b: ParameterLayout.Slice
  }

  /// - Parameter targets: which maps, see `matches`.
  /// - Throws: `CheckpointError` when a target names no map of the network.
  package init(
    rank: Int, alpha: Float, targets: [String], network: any TunableNetwork
  ) throws(CheckpointError) {
    let maps = network.maps
    func names(_ target: String) -> [String] {
      maps.map(\.name).filter { Self.matches($0, target) }
    }
    let usual = targets == Self.usualTargets
    for target in targets where names(target).isEmpty && !usual {
      throw CheckpointError(
        file: "the network", expected: "a linear map named \(target)",
        found: Set(maps.compactMap { $0.name.split(separator: ".").last }).sorted()
          .joined(separator: ", "))
    }
    let wanted = Set(targets.flatMap(names))
    self.init(rank: rank, alpha: alpha, maps: maps.filter { wanted.contains($0.name) })
  }

  init(rank: Int, alpha: Float, maps: [LinearMap]) {
    precondition(rank > 0, "expected a rank above 0, found \(rank)")
    var layout = ParameterLayout()
    var sites: [String: Site] = [:]
    for map in maps {
      sites[map.name] = Site(
        a: layout.append("lora.\(map.name).a", rows: rank, columns: map.inputs),
        b: layout.append("lora.\(map.name).b", rows: map.outputs, columns: rank))
    }
    (self.rank, self.alpha, self.layout, self.sites) = (rank, alpha, layout, sites)
  }

  /// Whether a target names a map: the end of its name, whole parts of it, where the last part may
  /// lack "_proj" and `*` stands for anything; `all` is every map but the one to logits.
  static func matches(_ name: String, _ target: String) -> Bool {
    if target == "all" { return name != "lm_head" }
    return [name, name.hasSuffix("_proj") ? String(name.dropLast(5)) : name].contains { name in
      Glob.matches(name, target) || Glob.matches(name, "*." + target)
    }
  }

  package var places: Int { 0 }
  var insideCount: Int { layout.count }

  /// A normal with deviation 1/√inputs, B zero: the network starts as the frozen one.
  package func initialParameters(seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    var parameters = [Float](repeating: 0, count: layout.count)
    for slice in layout.slices where slice.name.hasSuffix(".a") {
      let deviation = 1 / Float(slice.columns).squareRoot()
      for i in slice.range { parameters[i] = random.normal(deviation: deviation) }
    }
    return parameters
  }

  func attached(to network: any TunableNetwork, parameters: [Float]) -> any TunableNetwork {
    var network = network
    network.changeMaps { projection in
      for map in projection.maps {
        guard let site = sites[map.name] else { continue }
        projection.attach(
          LowRank(
            a: Tensor(parameters, site.a), b: Tensor(parameters, site.b),
            scale: alpha / Float(rank), firstOutput: map.outputs.lowerBound,
            offsets: (site.a.offset, site.b.offset)))
      }
    }
    return network
  }

  func backward(_ inside: [Float], parameters: [Float], addingTo gradient: inout [Float]) {
    add(inside, to: &gradient, from: 0)
  }

  package func applied(
    to network: any TunableNetwork, parameters: [Float]
  ) -> any GenerativeNetwork {
    var network = attached(to: network, parameters: parameters)
    network.changeMaps { $0.merge() }
    return network
  }

  package func tensors(_ parameters: [Float]) -> [NamedTensor] { layout.tensors(parameters) }

  package var facts: ModuleFacts { ModuleFacts(rank: rank, settings: ["alpha": "\(alpha)"]) }

  /// The module of a file, and its numbers.
  ///
  /// - Throws: `CheckpointError` when it changes maps that the network does not have.
  package static func read(
    _ module: ModuleFile, path: String, for network: any TunableNetwork
  ) throws -> (LowRankAdaptation, [Float]) {
    guard let rank = module.rank, (1..<1 << 24).contains(rank),
      let alpha = module.settings["alpha"].flatMap({ Float($0) }), alpha.isFinite
    else {
      throw CheckpointError(
        file: path, expected: "rank and alpha in the metadata",
        found: "\(module.rank ?? 0) and \(module.settings["alpha"] ?? "none")")
    }
    let names = Set(module.tensors.map(\.name))
    let maps = network.maps.filter { names.contains("lora.\($0.name).a") }
    let adaptation = LowRankAdaptation(rank: rank, alpha: alpha, maps: maps)
    if let stray = names.subtracting(adaptation.layout.slices.map(\.name)).min() {
      throw CheckpointError(
        file: path, tensor: stray, expected: "a linear map of the network", found: "no such map")
    }
    return (adaptation, try adaptation.layout.parameters(of: module))
  }
}

/// A linear map of a network, by the checkpoint's name.
struct LinearMap: Equatable, Sendable {
  let name: String
  let inputs, outputs: Int
}

extension TunableNetwork {
  /// Every linear map.
  var maps: [LinearMap] {
    var maps: [LinearMap] = []
    var network = self
    network.changeMaps { projection in
      maps += projection.maps.map {
        LinearMap(name: $0.name, inputs: projection.inputs, outputs: $0.outputs.count)
      }
    }
    return maps
  }
}

extension Tensor {
  /// The tensor that `slice` names in a vector of parameters.
  init(_ parameters: [Float], _ slice: ParameterLayout.Slice) {
    self.init(rows: slice.rows, width: slice.columns, values: Array(parameters[slice.range]))
  }
}

/// Patterns in which `*` stands for any characters.
enum Glob {
  static func matches(_ text: String, _ pattern: String) -> Bool {
    matches(Substring(text), Substring(pattern))
  }

  private static func matches(_ text: Substring, _ pattern: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    let rest = pattern.dropFirst()
    if first == "*" {
      return matches(text, rest) || !text.isEmpty && matches(text.dropFirst(), pattern)
    }
    return text.first == first && matches(text.dropFirst(), rest)
  }
}
