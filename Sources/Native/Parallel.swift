import CKernels
import Dispatch
import Glibc
import Synchronization

/// Who does some work.
package enum Threads: Sendable { case all, callingOne }

/// Work divided over threads, one level deep.
package enum Parallel {
  private static let limit = Atomic<Int>(0)

  /// Threads that `map` uses at most; the processor's cores unless set.
  package static var threads: Int {
    get {
      let set = limit.load(ordering: .relaxed)
      return set > 0 ? set : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
    set {
      precondition(newValue > 0, "expected at least one thread, found \(newValue)")
      limit.store(newValue, ordering: .relaxed)
    }
  }

  /// `body` of 0 ..< count, each index once, results in order. Threads take the next index as they
  /// come free, so uneven work spreads by itself.
  ///
  /// - Throws: the error of the lowest index that threw; indices not yet begun are then left out.
  package static func map<Value: Sendable, Failure: Error>(
    _ count: Int, _ body: @Sendable (Int) throws(Failure) -> Value
  ) throws(Failure) -> [Value] {
    let results = Mutex([Result<Value, Failure>?](repeating: nil, count: count))
    let next = Atomic<Int>(0)
    let failed = Atomic<Bool>(false)
    withoutActuallyEscaping(body) { body in
      DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
        while !failed.load(ordering: .relaxed) {
          let index = next.add(1, ordering: .relaxed).oldValue
          if index >= count { return }
          let result: Result<Value, Failure>
          do throws(Failure) {
            result = .success(try body(index))
          } catch {
            result = .failure(error)
            failed.store(true, ordering: .relaxed)
          }
          results.withLock { $0[index] = result }
        }
      }
    }
    var values: [Value] = []
    values.reserveCapacity(count)
    for case .failure(let error)? in results.withLock({ $0 }) { throw error }
    for case .success(let value)? in results.withLock({ $0 }) { values.append(value) }
    return values
  }

  /// Both results, computed at the same time.
  package static func both<First: Sendable, Second: Sendable>(
    _ first: @Sendable () throws -> First, _ second: @Sendable () throws -> Second
  ) throws -> (First, Second) {
    let results = try map(2) { index -> (first: First?, second: Second?) in
      index == 0 ? (try first(), nil) : (nil, try second())
    }
    return (results[0].first!, results[1].second!)
  }

  /// `body` of 0 ..< count, each index once; one index alone takes the calling thread.
  package static func forEach(
    _ count: Int, over threads: Threads = .all, _ body: @Sendable (Int) -> Void
  ) {
    let workers = threads == .all ? min(self.threads, count) : 1
    if workers <= 1 { return (0..<count).forEach(body) }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      DispatchQueue.concurrentPerform(iterations: workers) { _ in
        while case let index = next.add(1, ordering: .relaxed).oldValue, index < count {
          body(index)
        }
      }
    }
  }
}

/// Keeps large blocks of memory inside the process once they were used: without this the C library
/// returns every matrix to the kernel, and each new one costs its page faults again.
package func keepFreedMemory() {
  firn_keep_freed_memory()
}
