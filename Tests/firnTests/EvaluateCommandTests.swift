import Foundation
import Testing

@Suite struct EvaluateCommandTests {
  private let predictions = [
    #"{"id": "a", "prediction": "the Virgil", "confidence": 0.9, "passages": [{"id": "3", "packed": true}]}"#,
    #"{"id": "b", "prediction": "Homer", "confidence": 0.2, "passages": [{"id": "2", "packed": true}]}"#,
  ]

  /// DPR's outputs put `wiki:` before the ids that an index has.
  @Test(arguments: ["", "wiki:"])
  func answersAreMeasuredUnderTheDocumentedNames(prefix: String) throws {
    let place = try Workplace.indexed()
    try place.write(
      "predictions.jsonl",
      predictions.map { $0.replacing("[{\"id\": \"", with: "[{\"id\": \"\(prefix)") })
    let result = try place.run(
      "evaluate", "answers", "predictions.jsonl", "--questions", "questions.jsonl", "--index",
      "tiny", "--json")
    let document = try result.json()
    #expect(document["count"] as? Int == 2)
    let metrics = try #require(document["metrics"] as? [String: [String: Double]])
    #expect(metrics["em"]?["value"] == 0.5)
    #expect(metrics["f1"]?["value"] == 0.5)
    #expect(metrics["reader_recall"]?["value"] == 0.5)
    #expect(metrics["em"]?["low"] == 0 && metrics["em"]?["high"] == 1)
  }

  @Test func readerRecallIsLeftOutWhereItCannotBeTold() throws {
    let place = try Workplace.indexed()
    try place.write("predictions.jsonl", predictions)
    let table = try place.run(
      "evaluate", "answers", "predictions.jsonl", "--questions", "questions.jsonl")
    #expect(table.status == 0 && table.output.contains("em"))
    #expect(!table.output.contains("reader_recall"))
  }

  @Test func aQuestionWithoutPredictionIsAnErrorUnlessPartial() throws {
    let place = try Workplace.indexed()
    try place.write("predictions.jsonl", [predictions[0]])
    let refused = try place.run(
      "evaluate", "answers", "predictions.jsonl", "--questions", "questions.jsonl")
    #expect(refused.status == 65 && refused.error.contains("none for \"b\""))
    let partial = try place.run(
      "evaluate", "answers", "predictions.jsonl", "--questions", "questions.jsonl", "--partial",
      "--json")
    #expect(try partial.json()["count"] as? Int == 1)
  }

  @Test func comparingASystemWithItselfFindsNoDifference() throws {
    let place = try Workplace.indexed()
    try place.write("predictions.jsonl", predictions)
    try place.run("retrieve", "questions.jsonl", "--index", "tiny", "--output", "run.json")
    for (file, metric) in [("predictions.jsonl", "em"), ("run.json", "recall@20")] {
      let result = try place.run(
        "evaluate", "compare", file, file, "--questions", "questions.jsonl", "--json")
      let metrics = try result.json()["metrics"] as? [String: [String: Double]]
      #expect(metrics?[metric]?["value"] == 0)
      #expect(metrics?[metric]?["p"] == 1)
    }
    let mixed = try place.run(
      "evaluate", "compare", "run.json", "predictions.jsonl", "--questions", "questions.jsonl")
    #expect(mixed.status == 65 && mixed.error.contains("expected a run"))
  }

  @Test func aRunAboutOtherQuestionsIsRefused() throws {
    let place = try Workplace.indexed()
    try place.write("run.trec", ["x Q0 3 1 1.5 firn"])
    let result = try place.run(
      "evaluate", "ranking", "run.trec", "--questions", "questions.jsonl")
    #expect(result.status == 65 && result.error.contains("found \"x\""))
  }

  /// "a" is right; of "b" no passage bears the answer.
  @Test func errorsAndCurvesStandBesideTheMetrics() throws {
    let place = try Workplace.indexed()
    try place.write("predictions.jsonl", predictions)
    let result = try place.run(
      "evaluate", "answers", "predictions.jsonl", "--questions", "questions.jsonl", "--index",
      "tiny", "--normalize", "all", "--json")
    let document = try result.json()
    let errors = try #require(document["errors"] as? [String: [String: Double]])
    #expect(errors["right"]?["value"] == 0.5 && errors["not_retrieved"]?["count"] == 1)
    let curves = try #require(document["curves"] as? [String: [String: Any]])
    #expect(curves["risk_coverage"]?["area"] as? Double == 0.25)
    #expect((curves["calibration"]?["bins"] as? [Any])?.count == 2)
    let metrics = try #require(document["metrics"] as? [String: [String: Double]])
    #expect(metrics["em"]?["value"] == 0.5 && metrics["em_raw"]?["value"] == 0)
  }

  @Test func answersMayBePatterns() throws {
    let place = try Workplace()
    try place.write("questions.jsonl", [#"{"question": "when", "answer": ["19[0-9]{2}"]}"#])
    try place.write("predictions.jsonl", [#"{"question": "when", "prediction": "1914 or so"}"#])
    let result = try place.run(
      "evaluate", "answers", "predictions.jsonl", "--questions", "questions.jsonl", "--normalize",
      "regex", "--json")
    let metrics = try #require(try result.json()["metrics"] as? [String: [String: Double]])
    #expect(metrics["em"]?["value"] == 1 && metrics["f1"] == nil)
  }

  /// In single precision both passages score the same, and "b" goes before "a".
  @Test func aRunInColumnsIsJudgedAsTRECEvalDoes() throws {
    let place = try Workplace()
    try place.write("run.trec", ["q Q0 a 1 1.00000001 x", "q Q0 b 2 1.0 x"])
    try place.write("qrels.txt", ["q 0 a 1"])
    let result = try place.run("evaluate", "ranking", "run.trec", "--qrels", "qrels.txt", "--json")
    let metrics = try #require(try result.json()["metrics"] as? [String: [String: Double]])
    #expect(metrics["mrr"]?["value"] == 0.5)
    #expect(metrics["p@5"]?["value"] == 0.2 && metrics["r_precision"]?["value"] == 0)
  }

  @Test func severalSystemsAreComparedWithTheFirst() throws {
    let place = try Workplace.indexed()
    let wrong = predictions.map { $0.replacing("the Virgil", with: "Ovid") }
    try place.write("a.jsonl", predictions)
    try place.write("b.jsonl", wrong)
    let result = try place.run(
      "evaluate", "compare", "a.jsonl", "b.jsonl", "a.jsonl", "--questions", "questions.jsonl",
      "--differences", "differences.jsonl", "--json")
    let document = try result.json()
    #expect(document["differing"] as? Int == 1)
    let comparisons = try #require(document["comparisons"] as? [[String: Any]])
    #expect(comparisons.map { $0["b"] as? String } == ["b.jsonl", "a.jsonl"])
    let metrics = comparisons[0]["metrics"] as? [String: [String: Double]]
    #expect(metrics?["em"]?["value"] == 0.5 && metrics?["em"]?["only_a"] == 1)
    let lines = try place.read("differences.jsonl").split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains(#""prediction":"Ovid""#))
    let alone = try place.run("evaluate", "compare", "a.jsonl", "--questions", "questions.jsonl")
    #expect(alone.status == 64 && alone.error.contains("expected two or more files"))
  }
}
