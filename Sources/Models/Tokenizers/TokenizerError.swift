/// A tokenizer file that cannot be used.
package struct TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  package let what: String
  package let file: String
  package let expected: String
  package let found: String
  package let hint: String?

  package init(_ what: String, file: String, expected: String, found: String, hint: String? = nil) {
    self.what = what
    self.file = file
    self.expected = expected
    self.found = String(found.prefix { !$0.isNewline }.prefix(200))
    self.hint = hint
  }

  package var description: String {
    "\(file): \(what): expected \(expected), found \(found)" + (hint.map { " (\($0))" } ?? "")
  }
}
