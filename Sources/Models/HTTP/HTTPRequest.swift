import Foundation

/// What is asked of a web server.
package struct HTTPRequest: Sendable {
  package var url: URL
  package var headers: [String: String] = [:]
  /// Sent by POST; nil asks by GET.
  package var body: Data?
  package var key: AccessKey?

  package init(url: URL, key: AccessKey? = nil) {
    self.url = url
    self.key = key
  }

  /// Sends a JSON document.
  package init(posting json: some Encodable, to url: URL, key: AccessKey?) throws {
    self.init(url: url, key: key)
    headers["Content-Type"] = "application/json"
    body = try JSONEncoder().encode(json)
  }

  /// The address as messages may show it: without user, password, query and fragment.
  package var place: String {
    guard var parts = URLComponents(url: url, resolvingAgainstBaseURL: true) else {
      return "an address"
    }
    (parts.user, parts.password, parts.query, parts.fragment) = (nil, nil, nil, nil)
    return redact(parts.string ?? "an address")
  }

  func redact(_ text: String) -> String { key?.redact(text) ?? text }
}

/// A web server's whole answer.
package struct HTTPResponse: Sendable {
  package let status: Int
  /// By names in lower case.
  package let headers: [String: String]
  package var body: [UInt8] = []
}

/// Where a service begins, such as `https://host/v1`.
package struct ServiceAddress: Sendable, Equatable {
  package let url: URL

  /// - Throws: `RemoteError` unless it is a whole http or https address. It may not hold a user or
  ///   a password, which addresses do not keep to themselves.
  package init(_ text: String) throws(RemoteError) {
    let parts = URLComponents(string: text)
    let scheme = parts?.scheme?.lowercased() ?? ""
    guard let parts, let url = parts.url, ["http", "https"].contains(scheme),
      !(parts.host ?? "").isEmpty
    else {
      throw RemoteError(
        "the service's address", expected: "http://HOST/PATH or https://HOST/PATH",
        found: parts?.user == nil ? "\"\(text.prefix(80))\"" : "another form")
    }
    guard parts.user == nil, parts.password == nil else {
      throw RemoteError(
        "the service's address", expected: "no user and no password in it",
        found: "one of them before \(parts.host ?? "")", hint: "keys come from the environment")
    }
    self.url = url
  }

  package func appending(_ path: String) -> URL { url.appending(path: path) }
}
