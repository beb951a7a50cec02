import Foundation
import Testing

/// Answering with what ships: the frozen model that the set-up brings and the modules.
@Suite(.enabled(if: Shipped.isComplete, "modules/reader.safetensors and models/minilm are needed"))
struct AnswerCommandTests {
  private let place: Workplace

  init() throws {
    place = try Workplace.indexed()
    try FileManager.default.createSymbolicLink(
      at: place.folder.appending(path: "models"),
      withDestinationURL: Shipped.root.appending(path: "models"))
  }

  @Test func predictionsHaveTheDocumentedFieldsInTheOrderOfTheQuestions() throws {
    let result = try place.run("answer", "questions.jsonl", "--index", "tiny", "--output", "p")
    #expect(result.status == 0 && result.output == "")
    let records = try records(place.read("p"))
    #expect(records.map { $0["id"] as? String } == ["a", "b"])
    #expect(records[0]["prediction"] as? String == "Virgil")
    let evidence = try #require(records[0]["evidence"] as? [String: Any])
    // "The Aeneid is a Latin poem that Virgil wrote."
    #expect(evidence["id"] as? String == "3")
    #expect(evidence["start"] as? Int == 32 && evidence["end"] as? Int == 38)
    for record in records {
      let confidence = try #require(record["confidence"] as? Double)
      #expect((0...1).contains(confidence))
      let passages = try #require(record["passages"] as? [[String: Any]])
      #expect(passages.first?["packed"] as? Bool == true)
    }
  }

  @Test func aTornFileIsGoneOnWithToTheSameEnd() throws {
    try place.run("answer", "questions.jsonl", "--index", "tiny", "--output", "p")
    let whole = try place.read("p")
    try Data(whole.utf8.dropLast(40)).write(to: place.folder.appending(path: "p"))
    let resumed = try place.run("answer", "questions.jsonl", "--index", "tiny", "--output", "p")
    #expect(resumed.status == 0 && resumed.error.contains("1 answers"))
    #expect(try place.read("p") == whole)
  }

  @Test func predictionsThatAnotherProcessWritesAreLeftAlone() throws {
    let refused = try place.run(
      "p", Workplace.tool.path, "answer", "questions.jsonl", "--index", "tiny", "--output", "p",
      program: "/usr/bin/flock")
    #expect(refused.status == 74)
    #expect(refused.error.contains("p: expected no other process that writes it, found one"))
    #expect(try place.read("p") == "")
    // The lock ended with its holder.
    #expect(
      try place.run("answer", "questions.jsonl", "--index", "tiny", "--output", "p").status == 0)
  }

  @Test func otherSettingsAreRefusedUntilRestarted() throws {
    try place.run("answer", "questions.jsonl", "--index", "tiny", "--output", "p")
    let refused = try place.run(
      "answer", "questions.jsonl", "--index", "tiny", "--output", "p", "--top", "1")
    #expect(refused.status == 65 && refused.error.contains("--restart"))
    let restarted = try place.run(
      "answer", "questions.jsonl", "--index", "tiny", "--output", "p", "--top", "1", "--restart")
    #expect(restarted.status == 0)
    let passages = try records(place.read("p")).map { ($0["passages"] as? [Any])?.count }
    #expect(passages == [1, 1])
  }

  @Test func aRunIsReadAsItsIndexWouldBe() throws {
    try place.run("retrieve", "questions.jsonl", "--index", "tiny", "--output", "run.trec")
    let bare = try place.run("answer", "questions.jsonl", "--run", "run.trec")
    #expect(bare.status == 65 && bare.error.contains("--index"))
    let run = try place.run(
      "answer", "questions.jsonl", "--run", "run.trec", "--index", "tiny")
    let index = try place.run("answer", "questions.jsonl", "--index", "tiny", "--rerank", "0")
    #expect(run.status == 0)
    #expect(
      try records(run.output).map { $0["prediction"] as? String }
        == records(index.output).map { $0["prediction"] as? String })
  }

  @Test func theOracleReadsThePassageBesideTheQuestion() throws {
    try place.write(
      "reading.jsonl",
      [#"{"question": "who wrote it", "passage": "It was written by Ovid.", "answers": ["Ovid"]}"#])
    let result = try place.run("answer", "reading.jsonl", "--oracle")
    let record = try #require(try records(result.output).first)
    #expect(record["prediction"] as? String == "Ovid")
    #expect((record["passages"] as? [Any])?.count == 1)
    #expect(try place.run("answer", "questions.jsonl", "--oracle").status == 65)
  }

  @Test func foldsDivideTheQuestions() throws {
    let answered = try (0..<3).flatMap { fold in
      try records(
        place.run("answer", "questions.jsonl", "--index", "tiny", "--fold", "\(fold)/3").output
      ).compactMap { $0["id"] as? String }
    }
    #expect(answered.sorted() == ["a", "b"])
  }

  @Test func anUnreachableConfidenceWithholdsEveryAnswer() throws {
    let result = try place.run(
      "ask", "who wrote the aeneid", "--index", "tiny", "--abstain-below", "1", "--json")
    let record = try #require(try records(result.output).first)
    #expect(record["prediction"] as? String == "" && record["evidence"] is NSNull)
  }

  @Test func askShowsTheEvidenceWithTheAnswerMarked() throws {
    let result = try place.run("ask", "who wrote the aeneid", "--index", "tiny")
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("Virgil (confidence "))
    #expect(result.output.contains("Aeneid [3]\nThe Aeneid is a Latin poem that [[Virgil]] wrote."))
  }

  @Test func answersComeFromTheFilteredPassages() throws {
    let filter = ["--index", "tiny", "--filter-title", "Iliad", "--json"]
    let asked = try place.run("ask", "which poem is by homer", with: filter)
    let record = try #require(try records(asked.output).first)
    let passages = try #require(record["passages"] as? [[String: Any]])
    #expect(passages.compactMap { $0["title"] as? String } == ["Iliad"])
    let unknown = try place.run("ask", "who", "--index", "tiny", "--filter-title", "Odyssee")
    #expect(unknown.status == 65)
    let weight = try place.run("ask", "who", "--index", "tiny", "--fusion-weight", "-1")
    #expect(weight.status == 64)
  }

  @Test func theShellAnswersUntilItsInputEnds() throws {
    let result = try place.run(
      "ask", "--index", "tiny",
      input: ":why\n:top 2\nwho wrote the aeneid\n\n:why\n:nonsense\n:quit\nwho wrote the iliad\n")
    #expect(result.status == 0)
    #expect(result.output.contains("[[Virgil]]") && !result.output.contains("Iliad [2]"))
    #expect(result.error.contains("no question was asked yet"))
    #expect(result.error.contains("passages in a ranking: 2"))
    #expect(result.error.contains("tokens were read") && result.error.contains(":nonsense"))
  }

  @Test(arguments: [
    ["--temperature", "1"], ["--closed-book"], ["--template", "ralm"],
    ["--shots", "questions.jsonl"],
  ])
  func whatTheEmbeddedReaderCannotDoIsWrongUsage(options: [String]) throws {
    let result = try place.run("ask", "who", "--index", "tiny", with: options)
    #expect(result.status == 64 && result.error.contains(options[0]))
  }

  @Test func aModuleOfAnotherModelIsRefused() throws {
    var bytes = try Data(contentsOf: Shipped.reader)
    let key = Data(#""base_sha256":""#.utf8)
    let range = try #require(bytes.range(of: key))
    bytes[range.upperBound] = bytes[range.upperBound] == UInt8(ascii: "0") ? 0x31 : 0x30
    try bytes.write(to: place.folder.appending(path: "other.safetensors"))
    let result = try place.run(
      "ask", "who", "--index", "tiny", "--module", "other.safetensors")
    #expect(result.status == 65 && result.error.contains("other.safetensors"))
  }
}

struct AnswerUsageTests {
  @Test(arguments: [
    ["--samples", "5"], ["--temperature", "0"], ["--strategy", "self-consistency"],
    ["--context-tokens", "0"], ["--passages", "0"], ["--abstain-below", "2"], ["--top", "0"],
  ])
  func whatNoReaderCanDoIsWrongUsage(options: [String]) throws {
    let place = try Workplace()
    let result = try place.run("ask", "who", "--index", "tiny", with: options)
    #expect(result.status == 64)
    #expect(result.error.contains(options[0]))
  }

  @Test(arguments: [
    [], ["--oracle", "--index", "tiny"], ["--closed-book", "--run", "r"],
    ["--fold", "2/2", "--oracle"],
  ])
  func anAnswerNeedsOneSourceOfPassages(options: [String]) throws {
    let place = try Workplace()
    #expect(try place.run("answer", "questions.jsonl", with: options).status == 64)
  }

  @Test func missingFilesAreNamed() throws {
    let place = try Workplace()
    let questions = try place.run("answer", "none.jsonl", "--oracle")
    #expect(questions.status == 66 && questions.error.contains("none.jsonl"))
    let module = try place.run("ask", "who", "--index", "tiny", "--module", "none.safetensors")
    #expect(module.status == 66 && module.error.contains("none.safetensors"))
  }
}

/// What a checkout holds after the set-up.
enum Shipped {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let reader = root.appending(path: "modules/reader.safetensors")

  static let isComplete = [reader, root.appending(path: "models/minilm/config.json")]
    .allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
}
