/// The page that a question of Natural Questions is about.
package struct NaturalPage {
  private struct Token {
    let text: String
    let isTag: Bool
    let bytes: Range<Int>?
  }
  /// Original form: the page's bytes, into which spans point. Otherwise empty.
  private let html: [UInt8]
  private let tokens: [Token]

  /// - Parameter tokens: whether the tokens of the original form are wanted, too; they are many.
  package init(_ record: JSONRecord, tokens wanted: Bool = true) throws {
    if let html = try record.string("document_html") {
      self.html = Array(html.utf8)
      tokens =
        try !wanted
        ? []
        : (record.records("document_tokens") ?? []).map { token in
          let start = try token.require("start_byte", token.integer)
          let end = try token.require("end_byte", token.integer)
          return Token(
            text: try token.require("token", token.string),
            isTag: try token.bool("html_token") ?? false, bytes: start..<max(start, end))
        }
    } else {
      // Tokens hold no space, but may hold other white space: only the space separates.
      let text = try record.require("document_text", record.string)
      tokens = text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map {
        Token(text: String($0), isTag: $0.first == "<" && $0.last == ">", bytes: nil)
      }
      html = []
    }
  }

  /// What a span covers, without tags; bytes count before tokens. Nil when nothing is left.
  ///
  /// - Parameter record: whose line an error names.
  /// - Throws: `InputError` when the span leaves the page.
  package func text(_ span: NaturalSpan, in record: JSONRecord) throws -> String? {
    if let bytes = span.bytes, !html.isEmpty {
      try require(bytes.upperBound, html.count, record)
      return HTMLText.plain(String(decoding: html[bytes], as: UTF8.self))
    }
    guard let range = span.tokens else { return nil }
    try require(range.upperBound, tokens.count, record)
    let words = tokens[range].filter { !$0.isTag }.map(\.text)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }

  private func require(_ end: Int, _ count: Int, _ record: JSONRecord) throws {
    if end <= count { return }
    throw record.error(
      expected: "a short answer inside the document of \(count)", found: "end \(end)")
  }

  /// The first place whose tokens spell `text`, white space aside; tags between them do not count.
  package func place(of text: String) -> NaturalSpan? {
    let wanted = Array(text.unicodeScalars.filter { !$0.properties.isWhitespace })
    if wanted.isEmpty { return nil }
    for first in tokens.indices where !tokens[first].isTag {
      guard let end = end(of: wanted, from: first) else { continue }
      let bytes = tokens[first].bytes.flatMap { start in
        tokens[end - 1].bytes.map { start.lowerBound..<$0.upperBound }
      }
      return NaturalSpan(bytes: bytes, tokens: first..<end)
    }
    return nil
  }

  /// The outermost candidate for a long answer that holds a span; none where the page has none.
  package func longAnswer(
    around span: NaturalSpan, in record: JSONRecord
  ) throws -> NaturalSpan {
    for candidate in try record.records("long_answer_candidates") ?? [] {
      let found = try NaturalSpan(candidate)
      let isTop = try candidate.bool("top_level") ?? true
      if isTop, found.startToken <= span.startToken, span.endToken <= found.endToken {
        return found
      }
    }
    return NaturalSpan()
  }

  /// Where the tokens end that begin at `first` and spell what is wanted.
  private func end(of wanted: [Unicode.Scalar], from first: Int) -> Int? {
    var matched = 0
    for index in first..<tokens.count where !tokens[index].isTag {
      for scalar in tokens[index].text.unicodeScalars where !scalar.properties.isWhitespace {
        guard matched < wanted.count, wanted[matched] == scalar else { return nil }
        matched += 1
      }
      if matched == wanted.count { return index + 1 }
    }
    return nil
  }
}
