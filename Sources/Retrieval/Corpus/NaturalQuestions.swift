import Foundation

extension JSONRecord {
  /// The NQ-open form of one Natural Questions record: the short answers of at most five tokens,
  /// over all annotations.
  /// - Returns: nil when there is no such answer; NQ-open leaves those questions out.
  /// - Source: Lee et al. 2019, arXiv:1906.00300, section 4.2.
  func naturalQuestion() throws -> Question? {
    let page = try NaturalPage(self)
    var answers: [String] = []
    for annotation in try require("annotations", records) {
      for span in try annotation.records("short_answers") ?? [] {
        if let text = try page.answer(span), !answers.contains(text) { answers.append(text) }
      }
    }
    guard !answers.isEmpty else { return nil }
    return Question(
      id: try require("example_id", id), text: try require("question_text", string),
      answers: answers)
  }
}

/// The text of the page that a question is about.
private struct NaturalPage {
  private static let longestAnswer = 5
  /// Original form: the page's bytes, into which spans point. Otherwise empty.
  private let html: [UInt8]
  /// Simplified form: the page's tokens.
  private let tokens: [Substring]

  init(_ record: JSONRecord) throws {
    if let html = try record.string("document_html") {
      self.html = Array(html.utf8)
      tokens = []
    } else {
      // Tokens hold no space, but may hold other white space: only the space separates.
      let text = try record.require("document_text", record.string)
      tokens = text.split(separator: " ", omittingEmptySubsequences: false)
      html = []
    }
  }

  func answer(_ span: JSONRecord) throws -> String? {
    let first = try span.require("start_token", span.integer)
    let end = try span.require("end_token", span.integer)
    guard first >= 0, first < end, end - first <= NaturalPage.longestAnswer else { return nil }
    if html.isEmpty {
      guard end <= tokens.count else { throw outside(span, end, tokens.count) }
      let words = tokens[first..<end].filter { !$0.hasPrefix("<") }
      return words.isEmpty ? nil : words.joined(separator: " ")
    }
    let start = try span.require("start_byte", span.integer)
    let stop = try span.require("end_byte", span.integer)
    guard 0 <= start, start < stop, stop <= html.count else {
      throw outside(span, stop, html.count)
    }
    return NaturalPage.plain(String(decoding: html[start..<stop], as: UTF8.self))
  }

  private func outside(_ span: JSONRecord, _ end: Int, _ count: Int) -> InputError {
    span.error(expected: "a short answer inside the document of \(count)", found: "end \(end)")
  }

  /// Without tags, with the five entities of XML resolved and single spaces.
  private static func plain(_ html: String) -> String? {
    var text = html.replacingOccurrences(of: "<[^>]*>", with: " ", options: .regularExpression)
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    for (entity, character) in entities {
      text = text.replacingOccurrences(of: entity, with: character)
    }
    let words = text.split(whereSeparator: \.isWhitespace)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }
}
