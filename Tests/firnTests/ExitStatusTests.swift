import Foundation
import Testing

@Suite struct ExitStatusTests {
  @Test func wrongUsageIs64() throws {
    let place = try Workplace()
    #expect(try place.run("search", "poem", "--indx", "tiny").status == 64)
    #expect(try place.run("search", "poem", "--index", "tiny", "--top", "0").status == 64)
    #expect(try place.run("nonsense").status == 64)
    #expect(try place.run("search", "x", "--index", "tiny", "--threads", "0").status == 64)
  }

  @Test func missingThingsAre66() throws {
    let place = try Workplace.indexed()
    let index = try place.run("search", "poem", "--index", "nowhere")
    #expect(index.status == 66)
    #expect(index.error.hasPrefix("firn: indexes/nowhere: there is no index (firn index CORPUS"))
    #expect(try place.run("retrieve", "no.jsonl", "--index", "tiny").status == 66)
    #expect(try place.run("index", "no.jsonl", "--index", "new", "--encoder", "none").status == 66)
    #expect(
      try place.run("index", "corpus.jsonl", "--index", "new", "--encoder", "./no").status == 66)
    #expect(try place.run("info", "tiny", "--config", "no.yaml").status == 66)
  }

  @Test func aFullDiskIs74() throws {
    let place = try Workplace.indexed()
    let result = try place.run("search", "poem", "--index", "tiny", "--output", "/dev/full")
    #expect(result.status == 74 && result.error.contains("No space left on device"))
  }

  @Test func aFailedCommandLeavesAnOldResultAlone() throws {
    let place = try Workplace.indexed()
    try place.write("run.json", ["old"])
    try place.write("bad.jsonl", Workplace.questions + [#"{"question": 3}"#])
    let result = try place.run("retrieve", "bad.jsonl", "--index", "tiny", "--output", "run.json")
    #expect(result.status == 65 && result.error.contains("bad.jsonl:3:"))
    #expect(try place.read("run.json") == "old\n")
    #expect(try place.names.filter { $0.hasSuffix(".partial") } == [])
  }

  @Test func aReaderThatLeavesIsNoError() throws {
    let place = try Workplace.indexed()
    let command = "'\(Workplace.tool.path)' info tiny | true; echo ${PIPESTATUS[0]}"
    let result = try place.run("-c", command, program: "/bin/bash")
    #expect(result.output == "0\n" && result.error == "")
  }

  @Test func helpAndVersionAre0() throws {
    let place = try Workplace()
    #expect(try place.run("--version").output.contains("."))
    for command in ["index", "info", "verify", "remove", "search", "retrieve", "evaluate"] {
      let help = try place.run(command, "--help")
      #expect(help.status == 0 && help.output.contains("USAGE: firn \(command)"))
    }
  }
}
