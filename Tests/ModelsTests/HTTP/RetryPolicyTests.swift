import Foundation
import Synchronization
import Testing

@testable import Models

@Suite struct RetryPolicyTests {
  private func error(transient: Bool, pause: Duration? = nil) -> RemoteError {
    var error = RemoteError("http://h", status: 500, expected: "this", found: "that")
    error.isTransient = transient
    error.pause = pause
    return error
  }

  private func quick(tries: Int) -> RetryPolicy {
    var policy = RetryPolicy()
    policy.tries = tries
    policy.shortest = .milliseconds(1)
    return policy
  }

  private func triesNeeded(_ policy: RetryPolicy, _ error: RemoteError) async -> Int {
    let count = Mutex(0)
    await #expect(throws: RemoteError.self) {
      try await policy.run {
        count.withLock { $0 += 1 }
        throw error
      }
    }
    return count.withLock { $0 }
  }

  @Test func onlyWhatMayPassIsTriedAgain() async {
    #expect(await triesNeeded(quick(tries: 4), error(transient: true)) == 4)
    #expect(await triesNeeded(quick(tries: 4), error(transient: false)) == 1)
  }

  @Test func aServiceThatWantsTooLongAWaitHasFailed() async {
    let wanted = error(transient: true, pause: .seconds(3600))
    #expect(await triesNeeded(quick(tries: 4), wanted) == 1)
  }

  @Test func successEndsTheTries() async throws {
    let count = Mutex(0)
    let value = try await quick(tries: 5).run {
      let tried = count.withLock { count in
        count += 1
        return count
      }
      if tried < 3 { throw error(transient: true) }
      return tried
    }
    #expect(value == 3)
  }

  @Test func pausesDoubleUpToTheLongestAndAreDrawnFromTheirUpperHalf() throws {
    var policy = RetryPolicy()
    policy.shortest = .seconds(1)
    policy.longest = .seconds(5)
    for (attempt, whole) in [(1, 1.0), (2, 2), (3, 4), (4, 5), (60, 5)] {
      let pause = try #require(policy.pause(after: attempt, asked: nil)) / .seconds(1)
      #expect(pause >= whole / 2 && pause <= whole)
    }
    #expect(policy.pause(after: 1, asked: .seconds(4)) == .seconds(4))
    #expect(policy.pause(after: 1, asked: .seconds(6)) == nil)
  }

  @Test func retryAfterIsSecondsOrADate() {
    let now = Date(timeIntervalSince1970: 784_111_770)  // 1994-11-06 08:49:30 GMT
    #expect(RetryPolicy.pause("7", now: now) == .seconds(7))
    #expect(RetryPolicy.pause(" 0 ", now: now) == .zero)
    #expect(RetryPolicy.pause("-3", now: now) == .zero)
    #expect(RetryPolicy.pause("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == .seconds(7))
    #expect(RetryPolicy.pause("Sunday, 06-Nov-94 08:49:37 GMT", now: now) == .seconds(7))
    #expect(RetryPolicy.pause("Sun, 06 Nov 1994 08:49:07 GMT", now: now) == .zero)
    for text in ["soon", "", "nan", "inf"] {
      #expect(RetryPolicy.pause(text, now: now) == nil)
    }
  }
}
