/// A file of weights, a configuration or a learned module that cannot be used.
package struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Kind: Sendable { case malformed, missing }

  package let kind: Kind
  package let file: String
  package let tensor: String?
  package let expected: String
  package let found: String
  package let hint: String?

  package init(
    file: String, tensor: String? = nil, expected: String, found: String, hint: String? = nil,
    kind: Kind = .malformed
  ) {
    self.kind = kind
    self.file = file
    self.tensor = tensor
    self.expected = expected
    self.found = String(found.prefix { !$0.isNewline }.prefix(200))
    self.hint = hint
  }

  package var description: String {
    let place = tensor.map { "\(file): \($0)" } ?? file
    return "\(place): expected \(expected), found \(found)" + (hint.map { " (\($0))" } ?? "")
  }
}
