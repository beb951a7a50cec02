import Foundation
import Testing

@Suite struct RetrieveCommandTests {
  private let place: Workplace

  init() throws {
    place = try Workplace.indexed()
    try place.write(
      "many.jsonl",
      (0..<2000).map {
        #"{"id": "q\#($0)", "question": "the poem of homer \#($0)", "answer": "Homer"}"#
      })
  }

  /// Starts to retrieve and kills the tool when the journal has its first rankings.
  private func retrieveAndKill(_ output: String) throws {
    let script = """
      "$0" retrieve many.jsonl --index tiny --output "$1" --quiet &
      for i in {1..3000}; do [ -s "$1.journal" ] && break; sleep 0.01; done
      kill -9 $!
      """
    try place.run("-c", script, Workplace.tool.path, output, program: "/bin/bash")
  }

  @Test(arguments: ["run.jsonl", "run.trec", "run.json"])
  func aKilledRunIsGoneOnWithToTheSameEnd(output: String) throws {
    try place.run("retrieve", "many.jsonl", "--index", "tiny", "--output", "whole-\(output)")
    try retrieveAndKill(output)
    #expect(try place.names.contains("\(output).journal") && !place.names.contains(output))
    let resumed = try place.run("retrieve", "many.jsonl", "--index", "tiny", "--output", output)
    #expect(resumed.status == 0)
    #expect(resumed.error.firstMatch(of: /going on behind [1-9]\d* rankings/) != nil)
    #expect(try place.read(output) == place.read("whole-\(output)"))
    #expect(try place.names.allSatisfy { !$0.contains("journal") })
  }

  @Test func aJournalOfOtherSettingsIsRefusedUntilRestarted() throws {
    try retrieveAndKill("run.json")
    let arguments = ["many.jsonl", "--index", "tiny", "--output", "run.json", "--top", "1"]
    let refused = try place.run("retrieve", with: arguments)
    #expect(refused.status == 65 && refused.error.contains("top 1"))
    #expect(refused.error.contains("--restart"))
    #expect(try place.run("retrieve", "--restart", with: arguments).status == 0)
    #expect(try place.names.filter { $0.hasPrefix("run.json") } == ["run.json"])
  }

  @Test func aRunThatAnotherProcessWritesIsLeftAlone() throws {
    let refused = try place.run(
      "run.trec.journal", Workplace.tool.path, "retrieve", "questions.jsonl", "--index", "tiny",
      "--output", "run.trec", program: "/usr/bin/flock")
    #expect(refused.status == 74)
    #expect(refused.error.contains("run.trec.journal: expected no other process that writes it"))
    #expect(
      try place.run("retrieve", "questions.jsonl", "--index", "tiny", "--output", "run.trec").status
        == 0)
  }
}
