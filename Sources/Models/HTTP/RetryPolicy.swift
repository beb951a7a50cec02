import Foundation

/// How often and after what pauses a request is tried again.
///
/// The pause after try n is drawn from [d/2, d] with d = `shortest` · 2ⁿ⁻¹, at most `longest`, and
/// is no shorter than the service asks for.
///
/// - Source: "equal jitter" in Brooker 2015, Exponential Backoff and Jitter (AWS Architecture Blog).
package struct RetryPolicy: Sendable, Equatable {
  /// Tries in all.
  package var tries = 5
  package var shortest = Duration.seconds(1)
  /// Also the longest pause that a service may ask for; one that asks for more has failed.
  package var longest = Duration.seconds(60)

  package init() {}

  /// Does some work until it succeeds, fails for good, or was tried often enough.
  /// - Throws: the last try's error; `CancellationError` also while waiting.
  package func run<Value: Sendable>(
    _ work: @Sendable () async throws -> Value
  ) async throws -> Value {
    precondition(tries > 0, "expected at least one try, found \(tries)")
    for attempt in 1... {
      do {
        return try await work()
      } catch var error as RemoteError where error.isTransient {
        if attempt == tries, tries > 1 { error.hint = error.hint ?? "tried \(tries) times" }
        guard attempt < tries else { throw error }
        guard let pause = pause(after: attempt, asked: error.pause) else {
          error.hint = "the service asks to wait \(error.pause?.components.seconds ?? 0) s"
          throw error
        }
        try await Task.sleep(for: pause)
      }
    }
    preconditionFailure("expected a last try, found none")
  }

  /// Nil when the service asks for more than the longest pause.
  func pause(after attempt: Int, asked: Duration?) -> Duration? {
    if let asked, asked > longest { return nil }
    let growth = Double(1 << min(attempt - 1, 30))
    let whole = min(shortest * growth, longest)
    return max(whole * Double.random(in: 0.5...1), asked ?? .zero)
  }

  /// The value of a `Retry-After` header: seconds, or the date until which to wait.
  /// - Source: RFC 9110, sections 10.2.3 and 5.6.7.
  static func pause(_ header: String, now: Date = Date()) -> Duration? {
    let text = header.trimmingCharacters(in: .whitespaces)
    if let seconds = Double(text) {
      return seconds.isFinite ? .seconds(min(max(seconds, 0), 1e9)) : nil
    }
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(secondsFromGMT: 0)
    for pattern in ["EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'"] {
      format.dateFormat = pattern
      if let date = format.date(from: text) {
        return .seconds(min(max(date.timeIntervalSince(now), 0), 1e9))
      }
    }
    return nil
  }
}
