import Foundation
import Testing

@Suite struct IndexCommandTests {
  @Test func aBareNameIsAFolderInIndexes() throws {
    let place = try Workplace.indexed()
    let info = try place.run("info", "tiny", "--json")
    #expect(info.status == 0)
    let document = try info.json()
    #expect(document["passages"] as? Int == 3)
    #expect(document["path"] as? String == "indexes/tiny")
    #expect(document["encoder"] == nil)
  }

  @Test func indexingTheSameCorpusAgainChangesNothing() throws {
    let place = try Workplace.indexed()
    let before = try place.run("info", "tiny", "--json").output
    let again = try place.run("index", "corpus.jsonl", "--index", "tiny", "--encoder", "none")
    #expect(again.status == 0 && again.error.contains("held this corpus already"))
    #expect(try place.run("info", "tiny", "--json").output == before)
  }

  @Test func standardInputAndGzipGiveTheSameIndex() throws {
    let place = try Workplace.indexed()
    let text = try place.read("corpus.jsonl")
    #expect(
      try place.run("index", "-", "--index", "piped", "--encoder", "none", input: text).status == 0)
    #expect(try place.run("-k", "corpus.jsonl", program: "/bin/gzip").status == 0)
    #expect(
      try place.run("index", "corpus.jsonl.gz", "--index", "zipped", "--encoder", "none").status
        == 0)
    let sums = try ["tiny", "piped", "zipped"].map { name in
      try place.run("info", name, "--json").json()["checksums"] as? [String: String]
    }
    #expect(sums[0] != nil && sums[0] == sums[1] && sums[0] == sums[2])
  }

  @Test func theAnalyzerOfTheIndexServesItsQueries() throws {
    let place = try Workplace()
    try place.write("corpus.jsonl", [#"{"id": "h", "text": "Alte Häuser"}"#])
    let index = try place.run(
      "index", "corpus.jsonl", "--index", "alt", "--encoder", "none", "--analyzer", "german")
    #expect(index.status == 0)
    #expect(try place.run("info", "alt", "--json").json()["analyzer"] as? String == "german")
    let found = try place.run("search", "das Haus", "--index", "alt", "--json").json()
    #expect((found["hits"] as? [[String: Any]])?.map { $0["id"] as? String } == ["h"])
  }

  @Test func aBadRecordIsNamedByFileAndLine() throws {
    let place = try Workplace()
    try place.write("bad.jsonl", Workplace.corpus + [#"{"id": 4, "te"#])
    let result = try place.run("index", "bad.jsonl", "--index", "bad", "--encoder", "none")
    #expect(result.status == 65)
    #expect(result.error.contains("firn: bad.jsonl:4: expected a complete JSON object, found"))
  }

  @Test func badRecordsCanBeLeftOutAndAreCounted() throws {
    let place = try Workplace()
    try place.write("bad.jsonl", [#"{"id": 4, "te"#] + Workplace.corpus)
    let result = try place.run(
      "index", "bad.jsonl", "--index", "bad", "--encoder", "none", "--skip-bad")
    #expect(result.status == 0)
    #expect(result.error.contains("left out 1 bad records; the first: bad.jsonl:1:"))
    #expect(try place.run("info", "bad", "--json").json()["passages"] as? Int == 3)
  }

  @Test func anUnfinishedIndexIsRefusedAndThenFinished() throws {
    let place = try Workplace()
    try place.write("corpus.jsonl", Workplace.corpus + [#"{"id": 1, "text": "again"}"#])
    let index = ["index", "corpus.jsonl", "--index", "half", "--encoder", "none"]
    func build() throws -> Workplace.Result {
      try place.run(index[0], index[1], index[2], index[3], index[4], index[5])
    }
    let failed = try build()
    #expect(failed.status == 65 && failed.error.contains("record 4 has the id “1” of record 1"))
    let search = try place.run("search", "poem", "--index", "half")
    #expect(search.status == 65 && search.error.contains("the index is not finished"))
    try place.write("corpus.jsonl", Workplace.corpus)
    #expect(try build().status == 0)
    #expect(try place.run("search", "poem", "--index", "half").status == 0)
  }

  @Test func ctrlCStopsWithItsStatusAndTheNextRunGoesOn() throws {
    let place = try Workplace()
    let records = (0..<20_000).map { #"{"id": \#($0), "text": "word\#($0 % 700) and more"}"# }
    try place.write("corpus.jsonl", records)
    let process = Process()
    process.executableURL = Workplace.tool
    process.arguments = ["index", "-", "--index", "big", "--encoder", "none", "--quiet"]
    process.currentDirectoryURL = place.folder
    let input = Pipe()
    process.standardInput = input
    process.standardError = FileHandle.nullDevice
    try process.run()
    // The tool cannot end before its input does, so the signal always finds it at work.
    func send(_ part: ArraySlice<String>) throws {
      try input.fileHandleForWriting.write(
        contentsOf: Data(part.map { $0 + "\n" }.joined().utf8))
    }
    // What is sent after the signal may find no reader any more.
    signal(SIGPIPE, SIG_IGN)
    try send(records[..<10_000])
    process.interrupt()
    try? send(records[10_000...])
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    #expect(try place.run("search", "word7", "--index", "big").status == 65)
    let resumed = try place.run("index", "corpus.jsonl", "--index", "big", "--encoder", "none")
    #expect(resumed.status == 0)
    #expect(try place.run("verify", "big").status == 0)
    #expect(try place.run("info", "big", "--json").json()["passages"] as? Int == 20_000)
  }

  @Test func verifyFindsADamagedIndex() throws {
    let place = try Workplace.indexed()
    #expect(try place.run("verify", "tiny").output.contains("postings: ok"))
    let path = place.folder.appending(path: "indexes/tiny/index.sqlite")
    var bytes = try Data(contentsOf: path)
    let word = try #require(bytes.range(of: Data("Latin".utf8)))
    bytes.replaceSubrange(word, with: Data("latin".utf8))
    try bytes.write(to: path)
    let result = try place.run("verify", "tiny")
    #expect(result.status == 65)
    #expect(result.output.contains("passages: expected SHA-256"))
  }

  @Test func removedPassagesAreGoneAndUnknownIdsChangeNothing() throws {
    let place = try Workplace.indexed()
    let refused = try place.run("remove", "tiny", "1", "99")
    #expect(refused.status == 65 && refused.error.contains("“99”"))
    #expect(try place.run("info", "tiny", "--json").json()["passages"] as? Int == 3)
    #expect(try place.run("remove", "tiny", "1").status == 0)
    #expect(try place.run("search", "odyssey", "--index", "tiny").output == "")
    #expect(try place.run("verify", "tiny").status == 0)
  }
}
