import Glibc
import Native
import Synchronization

/// The user pressed Ctrl-C.
struct InterruptedError: Error, CustomStringConvertible {
  var description: String { "interrupted; what was finished is kept" }
}

/// Ctrl-C asks long loops to stop at a point from which they can go on; a second one kills.
enum Interruption {
  private static let isRequested = Atomic<Bool>(false)

  /// Takes over SIGINT. Also ignores SIGPIPE: a reader that left shows as an error in writing.
  static func install() {
    // The handler must not be the first to touch the flag: making it may take a lock.
    isRequested.store(false, ordering: .relaxed)
    signal(SIGINT) { _ in
      Interruption.isRequested.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
    unblockSignal(SIGINT)
    signal(SIGPIPE, SIG_IGN)
    // A file that may not grow, likewise.
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Gives SIGINT back: where nothing is under way that could be lost, Ctrl-C ends the program.
  static func uninstall() { signal(SIGINT, SIG_DFL) }

  /// - Throws: `InterruptedError` once Ctrl-C was pressed.
  static func check() throws {
    if isRequested.load(ordering: .relaxed) { throw InterruptedError() }
  }

  /// Waits for work that stops when its task is cancelled, and cancels it on Ctrl-C.
  /// - Throws: `InterruptedError` once Ctrl-C was pressed, and what `work` throws.
  static func stopping<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await work() }
    let watch = Task {
      while !isRequested.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(100)) }
      task.cancel()
    }
    defer { watch.cancel() }
    do {
      return try await task.value
    } catch is CancellationError {
      throw InterruptedError()
    }
  }
}
