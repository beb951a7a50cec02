import Foundation

/// Answers that are regular expressions, read as Python reads them with `re.IGNORECASE` and
/// `re.MULTILINE`: any case, `^` and `$` at lines, of which only a line feed is the end.
struct AnswerPatterns: Sendable {
  private var patterns: [NSRegularExpression] = []

  /// Broken patterns match nothing.
  init(_ patterns: [String]) {
    for pattern in patterns { append(pattern) }
  }

  /// - Returns: whether the pattern is a sound one.
  @discardableResult
  mutating func append(_ pattern: String) -> Bool {
    let options: NSRegularExpression.Options = [
      .caseInsensitive, .anchorsMatchLines, .useUnixLineSeparators,
    ]
    guard let compiled = try? NSRegularExpression(pattern: pattern, options: options) else {
      return false
    }
    patterns.append(compiled)
    return true
  }

  /// As Python's `search`.
  func match(anywhereIn text: String) -> Bool { match(text, []) }

  /// As Python's `match`, which need not reach the end.
  func match(startOf text: String) -> Bool { match(text, .anchored) }

  private func match(_ text: String, _ options: NSRegularExpression.MatchingOptions) -> Bool {
    let whole = NSRange(text.startIndex..., in: text)
    return patterns.contains { $0.firstMatch(in: text, options: options, range: whole) != nil }
  }
}
