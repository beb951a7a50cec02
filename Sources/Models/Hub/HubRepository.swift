import Foundation

/// A model on a hub: an address, a name there, and a revision.
package struct HubRepository: Sendable {
  package let id: String
  let revision: String
  let address: ServiceAddress
  let key: AccessKey?
  /// How often a request is tried.
  package var retries = RetryPolicy()
  /// The longest time without a byte.
  package var silence = Duration.seconds(60)

  /// - Parameter environment: `HF_ENDPOINT` names another hub than huggingface.co, `HF_TOKEN` is
  ///   the key to it.
  /// - Throws: `RemoteError` for an id that no hub has, for an address and a key that are none.
  package init(
    _ id: String, revision: String = "main",
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(RemoteError) {
    guard Self.isID(id) else {
      var error = RemoteError(
        id, expected: "ORGANISATION/NAME or NAME, of letters, digits, -, _ and .",
        found: "another form")
      error.kind = .missing
      throw error
    }
    let isName = !revision.isEmpty && revision.unicodeScalars.allSatisfy { "!"..."~" ~= $0 }
    guard isName else {
      throw RemoteError(id, expected: "a branch, tag or commit", found: "\"\(revision)\"")
    }
    let endpoint = environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
    address = try ServiceAddress(endpoint ?? "https://huggingface.co")
    key = try AccessKey(variable: "HF_TOKEN", environment: environment)
    self.id = id
    self.revision = revision
  }

  /// Such names are also safe as folders.
  private static func isID(_ id: String) -> Bool {
    let parts = id.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { part in
        part.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._-]{0,95}/) != nil && !part.contains("..")
      }
  }

  /// What the hub has at the revision.
  /// - Throws: `RemoteError`, of kind `missing` where the hub knows no such model or revision;
  ///   `CancellationError`.
  func listing() async throws -> HubListing {
    let name = Self.escaped(revision)
    let request = request("api/models/\(id)/revision/\(name)?blobs=true")
    return try await retries.run {
      let (last, response) = try await answer(to: request)
      guard response.status == 200 else { throw refusal(last, response) }
      return try HubListing(response, of: last)
    }
  }

  /// Asks for a file of a commit.
  func request(_ file: String, at commit: String) -> HTTPRequest {
    let path = file.split(separator: "/").map { Self.escaped(String($0)) }.joined(separator: "/")
    return request("\(id)/resolve/\(Self.escaped(commit))/\(path)")
  }

  /// - Parameter path: escaped, with a query where it needs one.
  private func request(_ path: String) -> HTTPRequest {
    let root = address.url.absoluteString
    let url = URL(string: root + (root.hasSuffix("/") ? "" : "/") + path)
    return HTTPRequest(url: url ?? address.url, key: key)
  }

  private static func escaped(_ part: String) -> String {
    let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
    return part.addingPercentEncoding(withAllowedCharacters: plain) ?? part
  }

  /// The whole answer at the end of all redirections, and the request that it answers.
  private func answer(to request: HTTPRequest) async throws -> (HTTPRequest, HTTPResponse) {
    var request = request
    for _ in 0..<10 {
      let response = try await HTTPClient.send(request, within: silence)
      guard let next = try HubRedirection.next(request, response) else {
        return (request, response)
      }
      request = next
    }
    throw HubRedirection.tooMany(request)
  }

  /// What an answer other than the wanted one means.
  func refusal(_ request: HTTPRequest, _ response: HTTPResponse) -> RemoteError {
    let hint: String? =
      switch response.status {
      case 401, 403:
        key == nil
          ? "no such model, or one that needs a key: set HF_TOKEN" : "HF_TOKEN does not open it"
      case 404: "no such model, revision or file"
      default: nil
      }
    var error = RemoteError(request, response, expected: "status 200", hint: hint)
    if response.status == 404 { error.kind = .missing }
    return error
  }
}
