import Foundation
import Testing

@Suite struct EvaluateCommandTests {
  private let predictions = [
    #"{"id": "a", "prediction": "the Virgil", "confidence": 0.9, "passages": [{"id": "3", "packed": true}]}"#,
    #"{"id": "b", "prediction": "Homer", "confidence": 0.2, "passages": [{"id": "2", "packed": true}]}"#,
  ]

  @Test func answersAreMeasuredUnderTheDocumentedNames() throws {
    let place = try Workplace.indexed()
    try place.write("predictions.jsonl", predictions)
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
}
