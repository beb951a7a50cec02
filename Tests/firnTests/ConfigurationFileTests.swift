import Foundation
import Testing

@Suite struct ConfigurationFileTests {
  @Test func theFileGivesWhatTheCommandLineLeavesOut() throws {
    let place = try Workplace.indexed()
    try place.write("firn.yaml", ["index: tiny", "search:", "  top: 1", "  json: true"])
    #expect(try count(place.run("search", "poem homer", "--config", "firn.yaml")) == 1)
    #expect(
      try count(place.run("search", "poem homer", "--config=firn.yaml", "--top", "2")) == 2)
  }

  @Test func settingsOfOtherCommandsArePassedOver() throws {
    let place = try Workplace.indexed()
    try place.write(
      "firn.yaml", ["index: tiny", "encoder: none", "format: jsonl", "evaluate:", "  json: true"])
    #expect(try place.run("search", "poem", "--config", "firn.yaml").status == 0)
  }

  @Test func aListSetsAnOptionOfSeveralValues() throws {
    let place = try Workplace.indexed()
    try place.run("retrieve", "questions.jsonl", "--index", "tiny", "--output", "run.json")
    try place.write("firn.yaml", ["at: [2, 3]", "questions: questions.jsonl"])
    let result = try place.run("evaluate", "ranking", "run.json", "--config", "firn.yaml")
    #expect(result.output.contains("recall@2") && result.output.contains("recall@3"))
    #expect(!result.output.contains("recall@20"))
  }

  @Test func anUnknownKeyIsNamedWithItsPlace() throws {
    let place = try Workplace.indexed()
    try place.write("firn.yaml", ["index: tiny", "tpo: 3"])
    let result = try place.run("search", "poem", "--config", "firn.yaml")
    #expect(result.status == 65)
    #expect(result.error.contains("firn.yaml:2:") && result.error.contains("\"tpo\""))
    try place.write("firn.yaml", ["retrieve:", "  explain: true"])
    let elsewhere = try place.run("search", "poem", "--index", "tiny", "--config", "firn.yaml")
    #expect(elsewhere.status == 65 && elsewhere.error.contains("firn.yaml:2:"))
  }

  @Test func brokenYAMLIsMalformedInput() throws {
    let place = try Workplace.indexed()
    try place.write("firn.yaml", ["top: [1"])
    #expect(try place.run("search", "poem", "--config", "firn.yaml").status == 65)
  }

  private func count(_ result: Workplace.Result) throws -> Int {
    (try result.json()["hits"] as? [Any])?.count ?? 0
  }
}
