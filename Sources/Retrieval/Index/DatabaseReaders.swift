import Dispatch
import GRDB
import Synchronization

/// Connections for reading one file, each used by one thread at a time.
///
/// All are opened at once: a file that is later replaced under the same name stays what they read.
final class DatabaseReaders: Sendable {
  /// More connections than this would hardly wait less, and take longer to open.
  private static let most = 16

  private let free: Mutex<[DatabaseQueue]>
  private let available: DispatchSemaphore

  init(path: String, threads: Int) throws {
    var configuration = Configuration()
    configuration.readonly = true
    // As much as SQLite can: pages are then read where they lie, without a call for each.
    configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA mmap_size = 0x7fff0000") }
    let count = max(1, min(threads, Self.most))
    let queues = try (0..<count).map { _ in
      try DatabaseQueue(path: path, configuration: configuration)
    }
    free = Mutex(queues)
    available = DispatchSemaphore(value: count)
  }

  func read<T>(_ body: (Database) throws -> T) throws -> T {
    available.wait()
    let queue = free.withLock { $0.removeLast() }
    defer {
      free.withLock { $0.append(queue) }
      available.signal()
    }
    return try queue.read(body)
  }
}
