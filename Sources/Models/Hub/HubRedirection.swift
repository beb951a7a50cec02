import Foundation

/// Where a hub sends on to: its files lie on other hosts.
enum HubRedirection {
  /// The request that follows a redirection; nil for any other answer. The key stays with the host
  /// that it is for.
  /// - Throws: `RemoteError` for a redirection to nowhere or out of encryption.
  static func next(
    _ request: HTTPRequest, _ response: HTTPResponse
  ) throws(RemoteError) -> HTTPRequest? {
    guard [301, 302, 303, 307, 308].contains(response.status) else { return nil }
    let location = response.headers["location"] ?? ""
    guard let url = URL(string: location, relativeTo: request.url)?.absoluteURL,
      ["http", "https"].contains(url.scheme ?? ""), url.host()?.isEmpty == false
    else {
      throw RemoteError(request, response, expected: "where it lies now in the header Location")
    }
    guard url.scheme == "https" || request.url.scheme == "http" else {
      throw RemoteError(request, response, expected: "another https address")
    }
    var next = request
    next.url = url
    if !isSameOrigin(url, request.url) { next.key = nil }
    return next
  }

  static func tooMany(_ request: HTTPRequest) -> RemoteError {
    RemoteError(request.place, expected: "an answer", found: "one redirection after another")
  }

  private static func isSameOrigin(_ a: URL, _ b: URL) -> Bool {
    func port(_ url: URL) -> Int { url.port ?? (url.scheme == "https" ? 443 : 80) }
    return a.scheme == b.scheme && a.host()?.lowercased() == b.host()?.lowercased()
      && port(a) == port(b)
  }
}
