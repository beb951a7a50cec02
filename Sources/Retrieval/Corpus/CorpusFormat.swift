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
  /// JsonCollection as FlashRAG has it: the first line of `contents` is a title in quotes.
  case flashrag
  /// JSON Lines with `id`, `title`, `section`, `text`; the title becomes `title: section`.
  case atlas
  /// JSON Lines with `docid`, `title`, and `document_text` or `text`.
  case tevatron
  /// MS MARCO's and ColBERT's two columns without a header: id, text.
  case msmarco
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
    case .dpr, .msmarco: ["tsv"]
    case .auto: CorpusFormat.textExtensions.union(CorpusFormat.recordExtensions)
    case .jsonl, .beir, .pyserini, .flashrag, .atlas, .tevatron, .squad, .kilt: ["json", "jsonl"]
    }
  }

  static let textExtensions: Set = ["txt", "md", "markdown"]
  static let recordExtensions: Set = ["json", "jsonl", "tsv"]

  /// The format of a file that begins with `head`.
  static func recognise(_ head: [UInt8], extension ending: String) -> CorpusFormat {
    if textExtensions.contains(ending) { return .text }
    if let json = JSONHead(head) { return recognise(json) }
    let tabs = head.prefix { $0 != 0x0A }.count { $0 == 0x09 }
    if tabs == 1 { return .msmarco }
    if ending == "tsv" || tabs > 1 { return .dpr }
    return recordExtensions.contains(ending) ? .jsonl : .text
  }

  private static func recognise(_ json: JSONHead) -> CorpusFormat {
    if json.layout == .nested || json.keys.contains("paragraphs") { return .squad }
    if json.keys.contains("_id") { return .beir }
    if json.keys.contains("wikipedia_id") { return .kilt }
    if json.keys.contains("docid") { return .tevatron }
    // A section is part of the title only where the record is nothing but Atlas's.
    if json.keys == ["id", "title", "section", "text"] { return .atlas }
    return json.keys.contains("contents") ? .pyserini : .jsonl
  }

  /// The format of a file of passages that begins with `head`; nil when it may be something else,
  /// such as questions.
  package static func recogniseRecords(_ head: [UInt8]) -> CorpusFormat? {
    guard let json = JSONHead(head) else {
      let header = String(decoding: head.prefix { $0 != 0x0A }, as: UTF8.self).split(
        separator: "\t")
      return Set(header.map(\.trimmed)).isSuperset(of: ["id", "text", "title"]) ? .dpr : nil
    }
    let keys = json.keys
    guard json.layout != .nested, keys.isDisjoint(with: ["question", "qas", "header"]) else {
      return nil
    }
    let isPassage =
      keys.contains("contents") || keys.contains("wikipedia_title") || keys.contains("docid")
      || (keys.contains("text") && (keys.contains("id") || keys.contains("title")))
    return isPassage ? recognise(json) : nil
  }
}
