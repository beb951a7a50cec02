import Dispatch
import Synchronization

/// Work that another thread does while this one goes on; its result is waited for where it is
/// needed.
package final class Background<Value: Sendable>: Sendable {
  private let group = DispatchGroup()
  private let result = Mutex<Result<Value, any Error>?>(nil)

  /// - Parameter now: whether the calling thread does the work itself, before this returns.
  package init(now: Bool = false, _ body: @escaping @Sendable () throws -> Value) {
    if now {
      let value = Result { try body() }
      result.withLock { $0 = value }
      return
    }
    DispatchQueue.global().async(group: group) {
      let value = Result { try body() }
      self.result.withLock { $0 = value }
    }
  }

  /// - Throws: what the work threw.
  package func value() throws -> Value {
    group.wait()
    return try result.withLock { $0! }.get()
  }
}

/// Values that belong to one thread each, so that work may keep memory from one piece to the next.
package final class Workers<State>: @unchecked Sendable {
  // A state is touched by one iteration of `map` at a time, and by others only between its calls.
  private let states: [State]
  private let isBusy = Atomic(false)

  /// - Requires: at least one state.
  package init(_ states: [State]) {
    precondition(!states.isEmpty, "expected at least one state, found none")
    self.states = states
  }

  /// All states; not to be used while `map` runs.
  package var all: [State] { states }

  /// `body` of 0 ..< count, each index once, results in order. Each state sees ascending indices.
  ///
  /// - Throws: the error of the lowest index that threw.
  /// - Requires: that no other call runs.
  package func map<Value: Sendable>(
    _ count: Int, _ body: @Sendable (State, Int) throws -> Value
  ) throws -> [Value] {
    precondition(
      !isBusy.exchange(true, ordering: .acquiring), "expected one call at a time, found two")
    defer { isBusy.store(false, ordering: .releasing) }
    let results = Mutex([Result<Value, any Error>?](repeating: nil, count: count))
    let next = Atomic<Int>(0)
    let failed = Atomic<Bool>(false)
    withoutActuallyEscaping(body) { body in
      DispatchQueue.concurrentPerform(iterations: min(states.count, count)) { worker in
        while !failed.load(ordering: .relaxed) {
          let index = next.add(1, ordering: .relaxed).oldValue
          if index >= count { return }
          let result = Result { try body(self.states[worker], index) }
          if case .failure = result { failed.store(true, ordering: .relaxed) }
          results.withLock { $0[index] = result }
        }
      }
    }
    return try results.withLock { $0 }.compactMap { try $0?.get() }
  }
}
