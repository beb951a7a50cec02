import CCurl
import Synchronization

/// A libcurl handle, which keeps its connections for the next transfer.
///
/// One thread at a time has it, between `take` and `giveBack`: safe to hand from thread to thread.
final class WebHandle: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer

  private static let idle = Mutex<[WebHandle]>([])
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  private init() {
    precondition(Self.isReady, "expected libcurl to start, found that it does not")
    guard let pointer = unsafe curl_easy_init() else {
      preconditionFailure("expected memory for a transfer, found none")
    }
    unsafe self.pointer = pointer
  }

  deinit { unsafe curl_easy_cleanup(pointer) }

  /// A handle without any settings.
  static func take() -> WebHandle { idle.withLock { $0.popLast() } ?? WebHandle() }

  func giveBack() {
    unsafe curl_easy_reset(pointer)
    Self.idle.withLock { $0.append(self) }
  }
}
