import Native

/// What is wrong with an input file that the user gave: where, what was expected, what was found.
package struct InputError: Error, Equatable, CustomStringConvertible {
  package enum Kind: Sendable { case missing, unreadable, malformed, busy }
  package var kind = Kind.malformed
  package var file: String
  /// One-based line; nil when the whole file is meant.
  package var line: Int?
  package var expected: String
  package var found: String
  package var hint: String?

  package init(
    kind: Kind = .malformed, file: String, line: Int? = nil, expected: String, found: String,
    hint: String? = nil
  ) {
    self.kind = kind
    self.file = file
    self.line = line
    self.expected = expected
    self.found = found
    self.hint = hint
  }

  package var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    let advice = hint.map { " (\($0))" } ?? ""
    return "\(place): expected \(expected), found \(found)\(advice)"
  }

  /// Input as a message may show it: on one line, in quotes, cut after 60 characters.
  package static func quoted(_ text: some StringProtocol) -> String {
    let shown = text.prefix(60).map { $0.isNewline || $0 == "\t" ? " " : $0 }
    return "\"\(String(shown))\(text.dropFirst(60).isEmpty ? "" : "...")\""
  }

  /// The same for bytes, whose broken parts become U+FFFD.
  package static func quoted(_ bytes: [UInt8]) -> String {
    quoted(String(decoding: bytes.prefix(240), as: UTF8.self))
  }
}

extension InputError {
  init(_ error: LineReaderError, file: String) {
    switch error.kind {
    case .missing:
      self.init(kind: .missing, file: file, expected: "a file", found: "none")
    case .unreadable:
      self.init(
        kind: .unreadable, file: file, line: error.line, expected: "a readable file",
        found: error.detail)
    case .damaged:
      self.init(
        file: file, line: error.line, expected: "a whole gzip stream", found: error.detail,
        hint: "download or copy the file again")
    }
  }
}
