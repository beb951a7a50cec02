import CCurl

/// What happens while a transfer runs: libcurl's reports, put together.
final class WebExchange {
  private let handle: UnsafeMutableRawPointer
  private let isStopped: () -> Bool
  private let receive: (WebTransfer.Head, [UInt8]) -> Bool
  private var head = WebTransfer.Head()
  private var isHeadWhole = false

  init(
    _ handle: UnsafeMutableRawPointer, isStopped: @escaping () -> Bool,
    receive: @escaping (WebTransfer.Head, [UInt8]) -> Bool
  ) {
    unsafe self.handle = handle
    self.isStopped = isStopped
    self.receive = receive
  }

  func perform() -> CURLcode {
    let me = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe set_pointer(handle, CURLOPT_HEADERDATA, me)
    unsafe set_receiver(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, me in
      unsafe WebExchange.from(me).addLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
    }
    unsafe set_pointer(handle, CURLOPT_WRITEDATA, me)
    unsafe set_receiver(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
      let piece = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: size * count))
      let exchange = unsafe WebExchange.from(me)
      // Any other number than that of the bytes ends the transfer.
      return exchange.receive(exchange.wholeHead(), piece) ? piece.count : ~piece.count
    }
    unsafe set_pointer(handle, CURLOPT_XFERINFODATA, me)
    unsafe set_progress(handle) { me, _, _, _, _ in
      unsafe WebExchange.from(me).isStopped() ? 1 : 0
    }
    unsafe set_number(handle, CURLOPT_NOPROGRESS, 0)
    let code = withExtendedLifetime(self) { unsafe curl_easy_perform(handle) }
    // libcurl takes a head that breaks off for one without a body.
    return code == CURLE_OK && !isHeadWhole ? CURLE_PARTIAL_FILE : code
  }

  func wholeHead() -> WebTransfer.Head {
    unsafe head.status = response_code(handle)
    return head
  }

  private static func from(_ me: UnsafeMutableRawPointer?) -> WebExchange {
    guard let me = unsafe me else { preconditionFailure("expected an exchange, found none") }
    return unsafe Unmanaged<WebExchange>.fromOpaque(me).takeUnretainedValue()
  }

  /// A status line begins anew: answers like "100 Continue" stand before the real one.
  private func addLine(_ bytes: UnsafeRawBufferPointer) {
    let line = unsafe String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      head.headers = [:]
      isHeadWhole = false
      return
    }
    if line == "\r\n" || line == "\n" { isHeadWhole = true }
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return }
    let name = parts[0].lowercased()
    let value = parts[1].split(whereSeparator: \.isWhitespace).joined(separator: " ")
    head.headers[name] = head.headers[name].map { "\($0), \(value)" } ?? value
  }
}
