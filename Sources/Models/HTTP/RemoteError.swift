import Foundation

/// A service that does not answer, refuses, or answers with what cannot be used.
package struct RemoteError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Kind: Sendable { case unavailable, missing }

  package var kind = Kind.unavailable
  /// What was asked, without user, password and query.
  package let address: String
  /// The answer's HTTP status; nil where no answer came.
  package let status: Int?
  package let expected: String
  /// One line, without control characters and keys.
  package let found: String
  package var hint: String?
  /// Whether the same request may succeed later.
  package var isTransient = false
  /// How long the service asks to wait before that.
  package var pause: Duration?

  package init(
    _ address: String, status: Int? = nil, expected: String, found: String, hint: String? = nil
  ) {
    self.address = address
    self.status = status
    self.expected = expected
    self.found = Self.line(found, most: 300)
    self.hint = hint
  }

  package var description: String {
    "\(address): expected \(expected), found \(found)" + (hint.map { " (\($0))" } ?? "")
  }

  private static func line(_ text: String, most: Int) -> String {
    let words = text.unicodeScalars.split {
      $0.properties.isWhitespace || $0.properties.generalCategory == .control
    }
    let line = words.map { String($0) }.joined(separator: " ")
    return line.count > most ? line.prefix(most) + "..." : line
  }
}

extension RemoteError {
  /// An answer that is not what was asked for: its status and the first bytes of its body.
  package init(
    _ request: HTTPRequest, _ response: HTTPResponse, expected: String, hint: String? = nil
  ) {
    let body = request.redact(String(decoding: response.body.prefix(4000), as: UTF8.self))
    let shown = Self.line(body, most: 200)
    self.init(
      request.place, status: response.status, expected: expected,
      found: "status \(response.status)" + (shown.isEmpty ? " and nothing else" : ", \(shown)"),
      hint: hint ?? Self.hint(response))
    // 529 is what some services send when they are overloaded.
    isTransient = [408, 425, 429, 500, 502, 503, 504, 529].contains(response.status)
    pause = response.headers["retry-after"].flatMap { RetryPolicy.pause($0) }
  }

  private static func hint(_ response: HTTPResponse) -> String? {
    switch response.status {
    case 300..<400:
      response.headers["location"].flatMap(URL.init(string:)).map {
        "it points to \(HTTPRequest(url: $0).place)"
      }
    case 407: "a proxy stands between"
    default: nil
    }
  }
}
