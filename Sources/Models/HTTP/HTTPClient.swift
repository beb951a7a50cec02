import Foundation
import Native
import Synchronization

/// Asks web servers. It follows no redirections, keeps no cookies, and takes any status for an
/// answer.
package enum HTTPClient {
  /// When a request has taken too long.
  package enum Patience: Sendable {
    /// So long after its beginning.
    case total(Duration)
    /// So long after anything came, in whole seconds.
    case silence(Duration)
  }

  /// The whole answer to a request.
  /// - Throws: `RemoteError` when none comes in time or it is longer than `mostBytes`;
  ///   `CancellationError`.
  package static func send(
    _ request: HTTPRequest, within limit: Duration, mostBytes: Int = 64 << 20
  ) async throws -> HTTPResponse {
    let body = Mutex<[UInt8]>([])
    var response = try await receive(request, .total(limit)) { head, bytes in
      let count = body.withLock { body in
        body += bytes
        return body.count
      }
      if count > mostBytes {
        throw RemoteError(
          request.place, status: head.status, expected: "an answer of at most \(mostBytes) bytes",
          found: "more")
      }
    }
    response.body = body.withLock { $0 }
    return response
  }

  /// Hands the body of the answer to `receiver` as it comes; what that takes its time for, the
  /// sender waits for.
  /// - Returns: the answer without its body.
  /// - Throws: as `send`, and what `receiver` throws.
  package static func receive(
    _ request: HTTPRequest, _ patience: Patience,
    _ receiver: @escaping @Sendable (_ head: HTTPResponse, _ bytes: [UInt8]) throws -> Void
  ) async throws -> HTTPResponse {
    let isCancelled = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        // libcurl waits on its thread, and the tasks' own threads are too few to wait on.
        Thread.detachNewThread {
          continuation.resume(
            with: Result { try run(request, patience, isCancelled, receiver) })
        }
      }
    } onCancel: {
      isCancelled.set()
    }
  }

  private final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
  }

  private static func run(
    _ request: HTTPRequest, _ patience: Patience, _ cancellation: Cancellation,
    _ receiver: @escaping @Sendable (HTTPResponse, [UInt8]) throws -> Void
  ) throws -> HTTPResponse {
    var failure: (any Error)?
    do {
      let head = try transfer(request, patience).run {
        cancellation.isSet
      } receive: { head, bytes in
        do { try receiver(HTTPResponse(head), bytes) } catch { failure = error }
        return failure == nil
      }
      return HTTPResponse(head)
    } catch {
      if let failure { throw failure }
      if error.isStopped { throw CancellationError() }
      var made = RemoteError(
        request.place, expected: "a whole answer", found: "none: \(error.reason)")
      made.isTransient = error.isTransient
      throw made
    }
  }

  private static func transfer(_ request: HTTPRequest, _ patience: Patience) -> WebTransfer {
    var transfer = WebTransfer(url: request.url.absoluteString)
    transfer.headers =
      ["User-Agent: firn"] + request.headers.map { "\($0): \($1)" }.sorted()
      + (request.key.map { ["Authorization: \($0.header)"] } ?? [])
    transfer.body = request.body.map { Array($0) }
    let host = request.url.host() ?? ""
    transfer.isDirect = ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
    switch patience {
    case .total(let limit): transfer.longest = max(1, Int(limit / .milliseconds(1)))
    case .silence(let limit): transfer.longestSilence = max(1, Int(limit / .seconds(1)))
    }
    return transfer
  }
}

extension HTTPResponse {
  fileprivate init(_ head: WebTransfer.Head) {
    self.init(status: head.status, headers: head.headers)
  }
}
