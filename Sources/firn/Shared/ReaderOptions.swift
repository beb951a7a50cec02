import ArgumentParser
import Reading
import Retrieval

/// How passages are read; shared by the commands that answer.
struct ReaderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Frozen model that reads: a name, a folder, or an address such as https://host/v1.",
      valueName: "model"))
  var reader = "minilm"
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Learned modules of reader and re-ranker (default: those that ship).", valueName: "file"))
  var module: [String] = []
  @Option(help: "Passages in the reader's context at most (default: as many as fit).")
  var passages: Int?
  @Option(help: "Tokens in the reader's context (default: 512; of a generative reader up to 2048).")
  var contextTokens: Int?
  @Option(help: "Tokens in an answer at most (default: the reader's own).")
  var maxTokens: Int?
  @Option(help: "Withhold answers of less confidence, 0 to 1.")
  var abstainBelow = 0.0
  @Option(help: "Where the draws of a --temperature begin.")
  var seed: UInt64 = 1
  @Option(help: "How several readings become one answer: single.")
  var strategy = "single"
  @OptionGroup(title: "Readers that write their answers") var generative: GenerativeOptions
  @OptionGroup(title: "Readers behind an address") var remote: RemoteOptions

  func validate() throws {
    for (name, value) in [
      ("passages", passages), ("context-tokens", contextTokens), ("max-tokens", maxTokens),
    ] {
      if let value { try requirePositive(value, name) }
    }
    guard (0...1).contains(abstainBelow) else {
      throw ValidationError("--abstain-below: expected 0 to 1, found \(abstainBelow)")
    }
    guard strategy == "single" else {
      throw ValidationError("--strategy: expected single, found \(strategy)")
    }
  }
}

/// Where passages come from that are read; as `SearchOptions`, but an index is not always needed.
struct RetrievalOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The index: a name in indexes/, or a path with a slash.")
  var index: IndexPath?
  @Option(
    help: "How passages are found (default: hybrid where the index has vectors, else bm25).")
  var method: RetrievalMethod?
  @Option(help: "Passages in each ranking.")
  var top = Self.defaultTop
  @Option(
    help: ArgumentHelp(
      "Put the best N passages in a new order by re-ranking (default: 20).",
      valueName: "n"))
  var rerank: Int?
  @Option(
    help: ArgumentHelp(
      "Cross-encoder that re-ranks in place of a module: name or folder.", valueName: "model"))
  var reranker: String?
  @OptionGroup var fusion: FusionOptions
  @OptionGroup(title: "Filters") var filter: FilterOptions

  /// Passages in each ranking unless the user says otherwise.
  static let defaultTop = 50
  /// Passages that are re-ranked unless the user says otherwise.
  static let defaultDepth = 20

  func validate() throws {
    try requirePositive(top, "top")
    if let rerank, rerank < 0 {
      throw ValidationError("--rerank: expected 0 or more, found \(rerank)")
    }
  }
}
