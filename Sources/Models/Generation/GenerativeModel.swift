import Foundation
import Native
import Tensors

/// A generative model folder: network, tokenizer, and what ends its answers.
package struct GenerativeModel: Sendable {
  package private(set) var network: any GenerativeNetwork
  package let tokenizer: any Tokenizer
  /// Tokens that end an answer, as the folder declares them.
  package let stopTokens: [Int32]

  /// HuggingFace's names of the architectures.
  package static let modelTypes = T5.modelTypes + Decoders.modelTypes

  /// - Throws: as `network(folder:precision:)`; `TokenizerError`.
  package init(folder: String, precision: Precision = .float32) throws {
    let configuration = try ModelConfiguration(path: folder + "/config.json")
    network = try Self.network(configuration, folder: folder, precision)
    tokenizer = try TokenizerFolder.load(folder)
    stopTokens = try Self.stopTokens(folder, configuration)
  }

  /// The frozen network of a model folder.
  ///
  /// - Throws: `CheckpointError` for an architecture that is not supported and for weights that do
  ///   not fit it, `FileError`.
  package static func network(
    folder: String, precision: Precision = .float32
  ) throws -> any TunableNetwork {
    try network(
      ModelConfiguration(path: folder + "/config.json"), folder: folder, precision)
  }

  private static func network(
    _ configuration: ModelConfiguration, folder: String, _ precision: Precision
  ) throws -> any TunableNetwork {
    switch configuration.modelType {
    case let type? where T5.modelTypes.contains(type):
      return try T5.load(folder: folder, precision)
    case let type? where Decoders.modelTypes.contains(type):
      return try Decoders.load(folder: folder, precision)
    default:
      throw configuration.wrong(
        "model_type", "one of \(modelTypes.joined(separator: ", "))",
        hint: "this kind of model does not generate")
    }
  }

  /// The same model with a learned module in place.
  ///
  /// - Parameter path: the module's, for messages.
  /// - Throws: `CheckpointError` when the module does not fit the network; `MissingModelError`.
  package func applying(_ module: ModuleFile, path: String) throws -> GenerativeModel {
    guard let network = network as? any TunableNetwork else {
      throw CheckpointError(
        file: path, expected: "a network without a module in place", found: "another")
    }
    let (learned, parameters) = try LearnedModules.read(
      module, path: path, for: network, tokenizer: tokenizer)
    return applying(learned, to: network, parameters)
  }

  /// The same with a module's numbers.
  ///
  /// - Parameter network: the model's own.
  package func applying(
    _ module: any LearnedModule, to network: any TunableNetwork, _ parameters: [Float]
  ) -> GenerativeModel {
    var model = self
    model.network = module.applied(to: network, parameters: parameters)
    return model
  }

  /// The most tokens of a text and its answer together, beside what was learned; nil when nothing
  /// limits them.
  package var longestText: Int? {
    network.maxPositions.map { $0 - network.learnedPositions }
  }

  /// The ids of a text as the network expects a whole prompt.
  /// - Throws: `CheckpointError` when the tokenizer has ids that the network lacks, or when the text
  ///   is longer than the network reads.
  package func encode(_ text: String) throws -> [Int32] {
    let ids = tokenizer.encode(text, addingSpecialTokens: true).ids
    if let id = ids.first(where: { $0 >= network.vocabularySize }) {
      throw CheckpointError(
        file: "the tokenizer", expected: "ids below the network's \(network.vocabularySize)",
        found: "\(id)", hint: "the tokenizer of another model?")
    }
    if let longest = longestText, ids.count > longest {
      throw CheckpointError(
        file: "the text", expected: "at most the network's \(longest) tokens",
        found: "\(ids.count)")
    }
    return ids
  }

  /// A text and what should follow it, ended by the first of the stop tokens.
  package func pair(input: String, target: String) -> TokenPair {
    TokenPair(
      input: tokenizer.encode(input, addingSpecialTokens: true).ids,
      target: tokenizer.encode(target, addingSpecialTokens: false).ids + stopTokens.prefix(1))
  }

  /// Answers to prompts, their texts without special tokens and cut before the first stop string.
  ///
  /// - Parameter stopStrings: end an answer where they appear in its text.
  package func generate(
    _ prompts: [[Int32]], after prefix: SharedPrefix? = nil, _ settings: GenerationSettings,
    stopStrings: [String] = []
  ) -> [(answer: Generated, text: String)] {
    var settings = settings
    settings.stopTokens = Array(Set(settings.stopTokens + stopTokens)).sorted()
    let answers = network.generate(prompts, after: prefix, settings) { _, ids in
      if stopStrings.isEmpty { return false }
      let text = tokenizer.decode(ids)
      return stopStrings.contains { text.contains($0) }
    }
    return answers.map { answer in
      let text = tokenizer.decode(answer.ids)
      let end = stopStrings.compactMap { text.range(of: $0)?.lowerBound }.min() ?? text.endIndex
      return (answer, String(text[..<end]))
    }
  }

  /// `generation_config.json` knows more than `config.json`, which old folders have alone.
  private static func stopTokens(
    _ folder: String, _ configuration: ModelConfiguration
  ) throws -> [Int32] {
    let path = folder + "/generation_config.json"
    let own = FileManager.default.fileExists(atPath: path)
    let file = try own ? ModelConfiguration(path: path) : configuration
    guard
      let value = file.given("eos_token_id") ?? configuration.given("eos_token_id")
    else { return [] }
    let ids = (value.elements ?? [value]).compactMap(\.integer).compactMap(Int32.init(exactly:))
    guard !ids.isEmpty else { throw file.wrong("eos_token_id", "a token's index or several") }
    return ids
  }
}
