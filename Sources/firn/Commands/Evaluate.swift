import ArgumentParser
import Evaluation
import Retrieval

struct Evaluate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures predictions and runs against gold answers or judgements.",
    subcommands: [
      EvaluateAnswers.self, EvaluateRanking.self, EvaluateCompare.self, EvaluateTasks.self,
    ])
}

extension AnswerNormalization: ExpressibleByArgument {}
extension AnswerMatchRule: ExpressibleByArgument {}

/// What all evaluations take.
struct EvaluationOptions: ParsableArguments {
  @Option(help: "Format of the questions (default: recognised).")
  var questionFormat: QuestionFormat?
  @Option(help: "Rule by which a passage bears an answer.")
  var match = AnswerMatchRule.string
  @Option(
    name: .shortAndLong,
    help: "Index to look up the passages in that a file names by id only.")
  var index: IndexPath?
  @Option(help: "Resamples of the bootstrap behind the intervals.")
  var resamples = 1000
  @Option(help: "Seed of the bootstrap and of randomised tests.")
  var seed: UInt64 = 1
  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    try requirePositive(resamples, "resamples")
  }

  var bootstrap: Bootstrap { Bootstrap(resamples: resamples, seed: seed) }

  func judgement(_ path: String) throws -> Judgement {
    Judgement(
      questions: try QuestionFile.read(path, format: questionFormat), file: path, rule: match,
      index: try index.map { try PassageIndex(path: $0.path) })
  }
}

/// A rule that makes predictions right, or `all` to see the three textual ones side by side.
struct NormalizationChoice: ExpressibleByArgument {
  var main = AnswerNormalization.squad
  /// Measured beside the main one.
  var others: [AnswerNormalization] = []

  init() {}

  init?(argument: String) {
    if argument == "all" {
      others = AnswerNormalization.textual.filter { $0 != main }
    } else {
      guard let rule = AnswerNormalization(rawValue: argument) else { return nil }
      main = rule
    }
  }

  static var allValueStrings: [String] { AnswerNormalization.allCases.map(\.rawValue) + ["all"] }
  var defaultValueDescription: String { main.rawValue }
}

/// Depths k of recall@k, as in `1,5,20`.
struct Depths: ExpressibleByArgument {
  var values = [1, 5, 20, 100]

  init() {}

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Int($0).flatMap { $0 > 0 ? $0 : nil }
    }
    values = numbers.compactMap { $0 }
    if values.count != numbers.count { return nil }
  }

  var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}
