/// The corpus formats that can be read; raw values are the names that users type.
package enum CorpusFormat: String, Sendable, CaseIterable {
  /// Recognised for each file by its content, then by its extension.
  case auto
  /// JSON Lines with `id`, `title`, `text`.
  case jsonl
  /// Tab-separated `id`, `text`, `title` with a header, quoted as by Python's `csv`.
  case dpr
  /// A folder with `corpus.jsonl`, or that file: `_id`, `title`, `text`.
  case beir
  /// JsonCollection: `id` and `contents`, in an array, an object a file or an object a line.
  case pyserini
  /// Paragraphs of SQuAD's articles.
  case squad
  /// KILT's knowledge source: a page a line, split into passages.
  case kilt
  /// Plain text or Markdown, split into passages at sentence ends.
  case text
}

extension CorpusFormat {
  /// What files of this format end in inside a folder, without `.gz`.
  var extensions: Set<String> {
    switch self {
    case .text: CorpusFormat.textExtensions
    case .dpr: ["tsv"]
    case .auto: CorpusFormat.textExtensions.union(CorpusFormat.recordExtensions)
    case .jsonl, .beir, .pyserini, .squad, .kilt: ["json", "jsonl"]
    }
  }

  static let textExtensions: Set = ["txt", "md", "markdown"]
  static let recordExtensions: Set = ["json", "jsonl", "tsv"]

  /// The format of a file that begins with `head`.
  static func recognise(_ head: [UInt8], extension ending: String) -> CorpusFormat {
    if textExtensions.contains(ending) { return .text }
    if let json = JSONHead(head) {
      if json.layout == .nested || json.keys.contains("paragraphs") { return .squad }
      if json.keys.contains("_id") { return .beir }
      if json.keys.contains("wikipedia_id") { return .kilt }
      return json.keys.contains("contents") ? .pyserini : .jsonl
    }
    if ending == "tsv" || head.prefix(while: { $0 != 0x0A }).contains(0x09) { return .dpr }
    return recordExtensions.contains(ending) ? .jsonl : .text
  }
}
