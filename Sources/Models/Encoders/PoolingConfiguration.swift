import Foundation

/// How a sentence encoder makes one vector of a text's token vectors, as its folder declares it.
///
/// Read from `modules.json` and the files it names. A folder without it is a plain BERT and gets
/// the mean, not normalized, as sentence-transformers does; DPR's encoders get the first token.
struct PoolingConfiguration: Equatable, Sendable {
  enum Pooling: Equatable, Sendable { case mean, firstToken }

  var pooling = Pooling.mean
  var normalizes = false
  /// Tokens of a text, [CLS] and [SEP] included; nil when the folder states no limit.
  var maxTokens: Int?
  /// What is put before a question and before a passage.
  var questionPrefix = ""
  var passagePrefix = ""

  /// - Throws: `CheckpointError` when a file is broken or asks for something that we do not do.
  init(folder: String, architectures: [String] = []) throws {
    if architectures.contains(where: { $0.hasPrefix("DPR") }) { pooling = .firstToken }
    if let limit = try Self.read(folder + "/sentence_bert_config.json")?["max_seq_length"]?.integer,
      limit > 2
    {
      maxTokens = limit
    }
    if let prompts = try Self.read(folder + "/config_sentence_transformers.json")?["prompts"] {
      questionPrefix = prompts["query"]?.string ?? ""
      passagePrefix = (prompts["passage"] ?? prompts["document"])?.string ?? ""
    }
    let modules = folder + "/modules.json"
    for module in try Self.read(modules)?.elements ?? [] {
      try add(module, folder: folder, file: modules)
    }
  }

  private mutating func add(_ module: JSON, folder: String, file: String) throws {
    let type = module["type"]?.string ?? ""
    switch type.split(separator: ".").last {
    case "Transformer": break
    case "Normalize": normalizes = true
    case "Pooling": pooling = try Self.pooling(folder, module["path"]?.string ?? "", file)
    default:
      throw CheckpointError(
        file: file, expected: "modules of the types Transformer, Pooling and Normalize",
        found: module["type"]?.summary ?? "none", hint: "this kind of encoder is not supported")
    }
  }

  private static func pooling(
    _ folder: String, _ path: String, _ modules: String
  ) throws -> Pooling {
    // The path comes from a file that was fetched; it must not lead out of the folder.
    guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
      throw CheckpointError(file: modules, expected: "a path inside the folder", found: path)
    }
    let file = "\(folder)/\(path)/config.json"
    let settings = try JSON(file: file)
    let chosen = (settings.members ?? [])
      .filter { $0.key.hasPrefix("pooling_mode_") && $0.value.bool == true }.map(\.key)
    switch chosen {
    case ["pooling_mode_mean_tokens"]: return .mean
    case ["pooling_mode_cls_token"]: return .firstToken
    default:
      throw CheckpointError(
        file: file, expected: "pooling_mode_mean_tokens or pooling_mode_cls_token alone",
        found: chosen.isEmpty ? "none" : chosen.joined(separator: ", "))
    }
  }

  /// The JSON of a file that need not be there.
  private static func read(_ path: String) throws -> JSON? {
    FileManager.default.fileExists(atPath: path) ? try JSON(file: path) : nil
  }
}
