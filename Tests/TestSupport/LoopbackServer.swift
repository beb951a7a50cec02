import Foundation
import Synchronization

/// A web server of a test's own on the loopback interface. It does as badly as the test wants: it
/// sends whatever bytes a reply is made of, and then closes the connection. It stays until the tests
/// are over.
package final class LoopbackServer: Sendable {
  package struct Request: Sendable {
    package let method: String
    /// With the query.
    package let target: String
    /// By names in lower case.
    package let headers: [String: String]
    package let body: [UInt8]

    /// The body as a JSON object.
    package var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
  }

  package struct Reply: Sendable {
    /// Sent in turn, each after its seconds.
    package var parts: [(wait: Double, bytes: [UInt8])]

    /// Anything at all, HTTP or not.
    package static func raw(_ bytes: [UInt8], after seconds: Double = 0) -> Reply {
      Reply(parts: [(seconds, bytes)])
    }

    package static func status(
      _ status: Int, _ headers: [String: String] = [:], _ body: [UInt8] = [], length: Int? = nil,
      after seconds: Double = 0
    ) -> Reply {
      let fields = ["Content-Length": "\(length ?? body.count)", "Connection": "close"]
        .merging(headers) { $1 }
      let head = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
      return .raw(Array("HTTP/1.1 \(status) Some\r\n\(head)\r\n".utf8) + body, after: seconds)
    }

    package static func json(
      _ text: String, status: Int = 200, _ headers: [String: String] = [:],
      after seconds: Double = 0
    ) -> Reply {
      .status(
        status, ["Content-Type": "application/json"].merging(headers) { $1 }, Array(text.utf8),
        after: seconds)
    }

    /// The same reply without its last bytes.
    package func cut(_ count: Int) -> Reply {
      var cut = self
      cut.parts[cut.parts.count - 1].bytes.removeLast(count)
      return cut
    }
  }

  private struct State {
    var requests: [Request] = []
    var running = 0
    var mostRunning = 0
  }

  private let state = Mutex(State())
  package let port: Int
  package var address: String { "http://127.0.0.1:\(port)" }

  /// - Parameter reply: what to answer to a request; `number` counts them from 0.
  package init(_ reply: @escaping @Sendable (_ request: Request, _ number: Int) -> Reply) throws {
    signal(SIGPIPE, SIG_IGN)
    let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 && listen(socket, 128) == 0
          && getsockname(socket, $0, &size) == 0
      }
    }
    guard socket >= 0, isBound else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(socket, nil, nil)
        if connection < 0 { return }
        Thread.detachNewThread { [self] in
          serve(connection, reply)
          close(connection)
        }
      }
    }
  }

  package var requests: [Request] { state.withLock { $0.requests } }
  /// The most requests that were open at once.
  package var mostRunning: Int { state.withLock { $0.mostRunning } }

  private func serve(_ connection: Int32, _ reply: (Request, Int) -> Reply) {
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(
      connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard let request = Self.read(connection) else { return }
    let number = state.withLock { state in
      state.requests.append(request)
      state.running += 1
      state.mostRunning = max(state.mostRunning, state.running)
      return state.requests.count - 1
    }
    for part in reply(request, number).parts {
      Thread.sleep(forTimeInterval: part.wait)
      var done = 0
      while done < part.bytes.count {
        let sent = part.bytes[done...].withUnsafeBytes {
          send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if sent <= 0 { break }
        done += sent
      }
    }
    state.withLock { $0.running -= 1 }
    shutdown(connection, Int32(SHUT_WR))
  }

  private static func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      if let request = parse(bytes) { return request }
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { return nil }
      bytes += buffer[..<count]
    }
  }

  /// Nil until all of a request is there.
  private static func parse(_ bytes: [UInt8]) -> Request? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
      .components(separatedBy: "\r\n")
    let first = lines[0].split(separator: " ")
    let fields = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
    }
    let headers = Dictionary(fields, uniquingKeysWith: { first, _ in first })
    let body = bytes[end.upperBound...]
    guard body.count >= Int(headers["content-length"] ?? "0") ?? 0 else { return nil }
    return Request(
      method: String(first[0]), target: String(first[1]), headers: headers, body: Array(body))
  }
}
