/// The question formats that can be read; raw values are the names that users type.
package enum QuestionFormat: String, Sendable, CaseIterable {
  /// JSON Lines with `question` and `answer`, `answers` or `golden_answers` (NQ-open, FlashRAG).
  case jsonl
  /// No header; a question, a tab, a Python list of answers.
  case dpr
  case squad
  /// Natural Questions, in its original or its simplified form.
  case nq
  /// `queries.jsonl`: `_id`, `text`.
  case beir
  /// TREC topics: an id, a tab, a query.
  case trec
  /// One question a line.
  case text

  /// The format of a file that begins with `head`.
  static func recognise(_ head: [UInt8]) -> QuestionFormat {
    if let json = JSONHead(head) {
      if json.layout == .nested || json.keys.contains("paragraphs") { return .squad }
      let natural: Set = ["question_text", "document_text", "document_html", "document_tokens"]
      if !json.keys.isDisjoint(with: natural) { return .nq }
      return json.keys.contains("_id") ? .beir : .jsonl
    }
    let line = head.split(separator: 0x0A).first ?? []
    guard let tab = line.firstIndex(of: 0x09) else { return .text }
    let second = line[line.index(after: tab)...].first { !$0.isBlank && $0 != UInt8(ascii: "\"") }
    return second == UInt8(ascii: "[") ? .dpr : .trec
  }
}
