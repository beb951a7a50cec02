import Foundation
import Native
import Tensors

/// How a sentence encoder makes one vector of a text's token vectors, as its folder declares it.
///
/// Read from `modules.json` and the files it names. A folder without it is a plain BERT and gets
/// the mean, not normalized, as sentence-transformers does; DPR's encoders get the first token.
struct PoolingConfiguration: Sendable {
  /// Their vectors are joined.
  var poolings = [Pooling.mean]
  var steps: [PoolingStep] = []
  /// Tokens of a text, those around it included; nil when the folder states no limit.
  var maxTokens: Int?
  /// What is put before a question and before a passage.
  var prefixes = EncoderPrefixes()
  /// What stands between a passage's title and its text: DPR's encoder saw a separator there.
  var titleSeparator = " "
  /// Floats in a vector.
  private(set) var width: Int

  private let folder: String
  private var modules: String { folder + "/modules.json" }

  /// - Throws: `CheckpointError` when a file is broken or asks for something that we do not do.
  init(folder: String, width: Int, architectures: [String] = []) throws {
    self.folder = folder
    self.width = width
    if architectures.contains(where: { $0.hasPrefix("DPR") }) {
      poolings = [.firstToken]
      titleSeparator = " [SEP] "
    }
    maxTokens =
      try read("sentence_bert_config.json")?["max_seq_length"]?.integer
      ?? read("tokenizer_config.json")?["model_max_length"]?.integer
    if let declared = try read("config_sentence_transformers.json") {
      prefixes = EncoderPrefixes(declared)
    }
    for module in try read("modules.json")?.elements ?? [] { try add(module) }
  }

  /// In words, so that an index can hold its queries to it.
  var summary: String {
    let steps = steps.map { step in
      switch step {
      case .normalize: "unit length"
      case .dense(_, _, let name): name
      }
    }
    return (poolings.map(\.rawValue) + steps).joined(separator: ", ")
  }

  private mutating func add(_ module: JSON) throws {
    let type = module["type"]?.string ?? ""
    let path = module["path"]?.string ?? ""
    switch type.split(separator: ".").last {
    case "Transformer" where path.isEmpty: break
    case "Normalize": steps.append(.normalize)
    case "Pooling":
      poolings = try Self.poolings(try folder(path) + "/config.json")
      width *= poolings.count
    case "Dense": steps.append(try dense(try folder(path)))
    default:
      throw CheckpointError(
        file: modules,
        expected: "a Transformer in the folder itself, then Pooling, Dense and Normalize",
        found: "\(module["type"]?.summary ?? "none") in \"\(path)\"",
        hint: "this kind of encoder is not supported")
    }
  }

  /// A module's folder. Its path comes from a file that was fetched; it must not lead out.
  private func folder(_ path: String) throws -> String {
    guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
      throw CheckpointError(file: modules, expected: "a path inside the folder", found: path)
    }
    return folder + "/" + path
  }

  private static func poolings(_ file: String) throws -> [Pooling] {
    let settings = try JSON(file: file)
    let flags = (settings.members ?? []).filter {
      $0.key.hasPrefix("pooling_mode_") && $0.value.bool == true
    }
    let list = settings["pooling_mode"].map { $0.elements ?? [$0] }
    let names = list?.map { $0.string ?? $0.summary }
    // The order in which the reference joins them.
    let chosen =
      names?.compactMap(Pooling.init)
      ?? Pooling.allCases.filter { mode in
        flags.contains { $0.key == mode.flag }
      }
    guard !chosen.isEmpty, chosen.count == names?.count ?? flags.count,
      settings["include_prompt"]?.bool ?? true
    else {
      throw CheckpointError(
        file: file,
        expected: Pooling.allCases.map(\.rawValue).joined(separator: ", ") + "; prompts included",
        found: (names ?? flags.map(\.key)).joined(separator: ", "),
        hint: "this kind of encoder is not supported")
    }
    return chosen
  }

  private mutating func dense(_ folder: String) throws -> PoolingStep {
    let file = try ModelConfiguration(path: folder + "/config.json")
    let type = file.json["activation_function"]?.string ?? "Tanh"
    guard let activation = DenseActivation(rawValue: String(type.split(separator: ".").last ?? ""))
    else {
      let known = DenseActivation.allCases.map(\.rawValue).joined(separator: ", ")
      throw file.wrong("activation_function", "one of \(known)")
    }
    guard file.json["use_residual"]?.bool != true else {
      throw file.wrong("use_residual", "false", hint: "this kind of encoder is not supported")
    }
    let (inputs, outputs) = (try file.size("in_features"), try file.size("out_features"))
    guard inputs == width else { throw file.wrong("in_features", "\(width), as is pooled") }
    let weights = try WeightFiles(folder: folder)
    let biased = try file.flag("bias", default: true)
    let linear = try Linear(
      weight: weights.table("linear.weight", shape: [outputs, inputs]), outputs: outputs,
      inputs: inputs, bias: biased ? weights.tensor("linear.bias", shape: [outputs]) : nil)
    width = outputs
    let checksum = try weights.sha256().prefix(12)
    return .dense(linear, activation, name: "\(activation) of \(outputs) by \(checksum)")
  }

  /// The JSON of a file that need not be there.
  private func read(_ name: String) throws -> JSON? {
    let path = "\(folder)/\(name)"
    return FileManager.default.fileExists(atPath: path) ? try JSON(file: path) : nil
  }
}

/// What a model expects before a question and before a passage.
package struct EncoderPrefixes: Equatable, Sendable {
  package var question: String
  package var passage: String

  package init(question: String = "", passage: String = "") {
    (self.question, self.passage) = (question, passage)
  }

  /// The prompts of a `config_sentence_transformers.json`.
  init(_ file: JSON) {
    let prompts = file["prompts"]
    let usual = file["default_prompt_name"]?.string.flatMap { prompts?[$0]?.string } ?? ""
    func prompt(_ names: String...) -> String {
      names.lazy.compactMap { prompts?[$0]?.string }.first ?? usual
    }
    self.init(question: prompt("query"), passage: prompt("document", "passage", "corpus"))
  }

  /// What models of these names were trained with, though their folders do not say so.
  ///
  /// - Source: the models' cards at huggingface.co/intfloat and huggingface.co/BAAI.
  package init?(customaryFor name: String) {
    let last = name.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if last.hasPrefix("e5-") || last.hasPrefix("multilingual-e5-") {
      guard !last.contains("instruct"), !last.contains("mistral") else { return nil }
      self.init(question: "query: ", passage: "passage: ")
    } else if last.hasPrefix("bge-"), last.contains("-en") {
      self.init(question: "Represent this sentence for searching relevant passages: ")
    } else if last.hasPrefix("bge-"), last.contains("-zh") {
      self.init(question: "为这个句子生成表示以用于检索相关文章：")
    } else {
      return nil
    }
  }
}
