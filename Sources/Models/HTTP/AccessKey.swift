import Foundation

/// A key that a service asks for. Nothing prints it, and nothing writes it down.
package struct AccessKey: Sendable, CustomStringConvertible, CustomReflectable {
  private let value: String

  /// The key in an environment variable; nil where that is not set or empty.
  /// - Throws: `RemoteError` when it cannot be a header's value.
  package init?(
    variable: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(RemoteError) {
    let text = (environment[variable] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    if text.isEmpty { return nil }
    guard text.unicodeScalars.allSatisfy({ "!"..."~" ~= $0 }) else {
      throw RemoteError(
        "$\(variable)", expected: "a key of visible ASCII characters", found: "others in it")
    }
    value = text
  }

  package var description: String { "(a key)" }

  package var customMirror: Mirror { Mirror(self, children: []) }

  var header: String { "Bearer \(value)" }

  /// A text without the key, should a service have repeated it.
  func redact(_ text: String) -> String {
    text.replacingOccurrences(of: value, with: description)
  }
}
