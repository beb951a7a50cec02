import CCurl

/// One HTTP request over libcurl. It follows no redirections, keeps no cookies and takes any status
/// for an answer.
package struct WebTransfer: Sendable {
  package var url: String
  /// `Name: value`
  package var headers: [String] = []
  /// Sent by POST; nil asks by GET.
  package var body: [UInt8]?
  /// Milliseconds that the whole transfer may take; 0 for no limit.
  package var longest = 0
  /// Seconds that nothing may come before the transfer has failed; 0 for no limit.
  package var longestSilence = 0
  /// Asks no proxy, whatever the environment says.
  package var isDirect = false

  package init(url: String) { self.url = url }

  /// Status and headers of an answer.
  package struct Head: Sendable, Equatable {
    package var status = 0
    /// By names in lower case; the values of one name are joined by ", ".
    package var headers: [String: String] = [:]
  }

  /// Waits on this thread until the whole answer has come.
  ///
  /// - Parameters:
  ///   - isStopped: asked about once a second or more; true ends the transfer.
  ///   - receive: gets the body piece by piece, behind its head; false ends the transfer.
  /// - Requires: a body that is not empty, if any.
  package func run(
    isStopped: @escaping () -> Bool, receive: @escaping (Head, [UInt8]) -> Bool
  ) throws(WebTransferError) -> Head {
    let handle = WebHandle.take()
    defer { handle.giveBack() }
    let exchange = WebExchange(handle.pointer, isStopped: isStopped, receive: receive)
    var lines: UnsafeMutablePointer<curl_slist>? = nil
    for line in headers { unsafe lines = curl_slist_append(lines, line) }
    defer { unsafe curl_slist_free_all(lines) }
    unsafe set_pointer(handle.pointer, CURLOPT_HTTPHEADER, lines)
    configure(handle.pointer)
    let code = exchange.perform()
    guard code == CURLE_OK else { throw WebTransferError(code) }
    return exchange.wholeHead()
  }

  private func configure(_ handle: UnsafeMutableRawPointer) {
    unsafe set_text(handle, CURLOPT_URL, url)
    unsafe set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    if isDirect { unsafe set_text(handle, CURLOPT_NOPROXY, "*") }
    let connecting = longest > 0 ? longest : 1000 * longestSilence
    for (option, number) in [
      (CURLOPT_NOSIGNAL, 1), (CURLOPT_TCP_KEEPALIVE, 1), (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
      (CURLOPT_TIMEOUT_MS, longest), (CURLOPT_CONNECTTIMEOUT_MS, connecting),
      (CURLOPT_LOW_SPEED_LIMIT, longestSilence > 0 ? 1 : 0),
      (CURLOPT_LOW_SPEED_TIME, longestSilence),
    ] {
      unsafe set_number(handle, option, number)
    }
    guard let body else { return }
    precondition(!body.isEmpty, "expected a body, found an empty one")
    unsafe set_number(handle, CURLOPT_POST, 1)
    unsafe set_number(handle, CURLOPT_POSTFIELDSIZE, body.count)
    _ = unsafe body.withUnsafeBytes {
      unsafe set_pointer(
        handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
    }
  }
}

/// Why no whole answer came.
package struct WebTransferError: Error, Equatable {
  /// In libcurl's words, which name no address.
  package let reason: String
  /// Whether the same transfer may succeed later.
  package let isTransient: Bool
  /// Whether the caller ended it.
  package let isStopped: Bool

  init(_ code: CURLcode) {
    unsafe reason = String(cString: curl_easy_strerror(code))
    isStopped = [CURLE_ABORTED_BY_CALLBACK, CURLE_WRITE_ERROR].contains(code)
    isTransient = ![
      CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_WEIRD_SERVER_REPLY,
      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_ISSUER_ERROR,
    ].contains(code)
  }
}
