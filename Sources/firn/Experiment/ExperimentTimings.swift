import Foundation

/// How long each part of an experiment took, over all the runs of it that were needed; kept apart
/// from the results, which are to be the same whenever they are made.
struct ExperimentTimings: Codable {
  struct Part: Codable {
    /// Wall time.
    var seconds: Double
    /// That were worked on, some of them again after an interruption.
    var questions: Int
  }

  private(set) var parts: [String: Part] = [:]

  mutating func measure<Result>(
    _ part: String, questions: Int, _ body: () async throws -> Result
  ) async rethrows -> Result {
    let began = ContinuousClock.now
    let result = try await body()
    let time = (ContinuousClock.now - began) / .seconds(1)
    parts[part, default: Part(seconds: 0, questions: 0)].seconds += time
    parts[part]?.questions += questions
    return result
  }
}
