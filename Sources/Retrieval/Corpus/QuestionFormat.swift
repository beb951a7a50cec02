/// The question formats that can be read; raw values are the names that users type.
package enum QuestionFormat: String, Sendable, CaseIterable {
  /// JSON with `question` and `answer`, `answers` or `golden_answers`: a line a record (NQ-open,
  /// EfficientQA, FlashRAG, DrQA's format A) or one array (what DPR trains on).
  case jsonl
  /// No header; a question, a tab, a Python list of answers.
  case dpr
  /// SQuAD 1.1 and 2.0.
  case squad
  /// JSON Lines of passages, each with the questions about it, after a header.
  case mrqa
  /// JSON Lines of `input` and `output`, answers with their provenance.
  case kilt
  /// Natural Questions, in its original or its simplified form.
  case nq
  /// `queries.jsonl`: `_id`, `text`.
  case beir
  /// TREC topics: an id, a tab, a query.
  case trec
  /// One question a line.
  case text

  /// The format of a file that begins with `head`.
  package static func recognise(_ head: [UInt8]) -> QuestionFormat {
    if let json = JSONHead(head) { return recognise(json) }
    let line = head.split(separator: 0x0A).first ?? []
    guard line.contains(0x09) else { return .text }
    // A question in quotes may hold tabs itself.
    let beginsList = line.indices.contains { tab in
      let cell = line[tab...].dropFirst().drop { $0.isBlank || $0 == UInt8(ascii: "\"") }
      return line[tab] == 0x09 && cell.first == UInt8(ascii: "[")
    }
    return beginsList ? .dpr : .trec
  }

  private static func recognise(_ json: JSONHead) -> QuestionFormat {
    let keys = json.keys
    if json.layout == .nested || keys.contains("paragraphs") { return .squad }
    if keys.contains("header") || keys.isSuperset(of: ["context", "qas"]) { return .mrqa }
    let natural: Set = ["question_text", "document_text", "document_html", "document_tokens"]
    if !keys.isDisjoint(with: natural) { return .nq }
    if keys.contains("input"), !keys.contains("question") { return .kilt }
    return keys.contains("_id") ? .beir : .jsonl
  }
}
