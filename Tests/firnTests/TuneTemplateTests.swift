import Foundation
import Synchronization
import TestSupport
import Testing

/// Choosing how a reader is asked: a service that answers well when it is asked in one way only, and
/// a tiny model here.
struct TuneTemplateTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.write(
      "dev.jsonl",
      (0..<24).map { #"{"question": "who wrote book \#($0)", "answer": ["author \#($0)"]}"# })
    // The first of them must not be shown, since it is among the questions to choose on.
    try place.write(
      "train.jsonl",
      [#"{"question": "Who wrote book 3?", "answer": ["author 3"]}"#]
        + (0..<8).map { #"{"question": "who painted \#($0)", "answer": ["painter \#($0)"]}"# })
  }

  /// Right about every question under the template ralm with demonstrations, about every third one
  /// otherwise.
  private static func reply(_ prompt: String) -> String {
    let number =
      prompt.components(separatedBy: "book ").last
      .flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
    let isAskedWell = prompt.hasPrefix("Answer these questions") && prompt.contains("painter")
    let answer = isAskedWell || number % 3 == 0 ? "author \(number)" : "nobody"
    return #"{"choices": [{"index": 0, "text": " \#(answer)", "finish_reason": "stop"}]}"#
  }

  private func server(_ prompts: Prompts) throws -> LoopbackServer {
    try LoopbackServer { request, _ in
      if request.target == "/v1/models" { return .json(#"{"data": [{"id": "tiny"}]}"#) }
      let prompt = request.json["prompt"] as? String ?? ""
      return prompts.add(prompt) ? .json(Self.reply(prompt)) : .status(500)
    }
  }

  /// What was asked and answered.
  private final class Prompts: Sendable {
    private let state = Mutex((prompts: [String](), limit: Int.max))

    var all: [String] { state.withLock { $0.prompts } }
    func limit(to count: Int) { state.withLock { $0.limit = count } }
    func add(_ prompt: String) -> Bool {
      state.withLock { state in
        if state.prompts.count >= state.limit { return false }
        state.prompts.append(prompt)
        return true
      }
    }
  }

  private func command(_ server: LoopbackServer, budget: Int = 60) -> [String] {
    [
      "tune", "template", "--closed-book", "--reader", server.address + "/v1", "--reader-tries",
      "1", "--questions", "dev.jsonl", "--train", "train.jsonl", "--templates", "flan", "ralm",
      "--shot-counts", "0,2", "--sets", "1", "--budget", "\(budget)", "--output", "best.yaml",
    ]
  }

  @Test func theWayThatIsAnsweredBestIsChosenAndCanBeUsed() throws {
    let prompts = Prompts()
    let server = try server(prompts)
    let result = try place.run(with: command(server))
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("use --template best.yaml --shots best.yaml.shots.jsonl"))
    let rows = result.output.split(separator: "\n")
    #expect(rows[1].hasPrefix("ralm, 2 shots #1") && rows[1].contains("100.0"))
    // 30 calls a round: 7 questions for each of 4, then 16 for each of 2.
    #expect(prompts.all.count == 60 && result.output.contains("60 calls"))
    #expect(!prompts.all.contains { $0.contains("Who wrote book 3") })
    let shots = try records(place.read("best.yaml.shots.jsonl"))
    #expect(shots.count == 2)
    let answered = try place.run(
      "answer", "dev.jsonl", "--closed-book", "--reader", server.address + "/v1",
      with: ["--template", "best.yaml", "--shots", "best.yaml.shots.jsonl", "--output", "p"])
    #expect(answered.status == 0)
    let predictions = try records(place.read("p")).map { $0["prediction"] as? String }
    #expect(predictions == (0..<24).map { "author \($0)" })
    // The files ask as the search did.
    #expect(Set(prompts.all.prefix(60)).intersection(prompts.all.suffix(24)).count == 23)
  }

  @Test func aFailureLosesNoCall() throws {
    let prompts = Prompts()
    let server = try server(prompts)
    prompts.limit(to: 10)
    let failed = try place.run(with: command(server) + ["--reader-requests", "1"])
    #expect(failed.status == 69 && failed.error.contains("500"))
    #expect(try place.read("best.yaml.calls.jsonl").split(separator: "\n").count == 11)
    prompts.limit(to: .max)
    let resumed = try place.run(with: command(server) + ["--json"])
    #expect(resumed.status == 0, "\(resumed.error)")
    #expect(prompts.all.count == 60 && Set(prompts.all).count == 60)
    let document = try resumed.json()
    #expect(document["calls"] as? Int == 60)
    let candidates = try #require(document["candidates"] as? [[String: Any]])
    #expect(candidates.count == 4 && candidates[0]["name"] as? String == "ralm, 2 shots #1")
    #expect(candidates[0]["best"] as? Double ?? 0 > 0.9)
    // With more calls the search goes on from what is known; what is not the same is refused.
    #expect(try place.run(with: command(server, budget: 80)).status == 0)
    #expect(prompts.all.count <= 80 && Set(prompts.all).count == prompts.all.count)
    try place.write("train.jsonl", (0..<9).map { #"{"question": "q\#($0)", "answer": ["a"]}"# })
    let refused = try place.run(with: command(server))
    #expect(refused.status == 65 && refused.error.contains("best.yaml.calls.jsonl:1"))
  }

  @Test(arguments: ["ralm", "flan", "instruct", "chatml", "llama3", "mistral"])
  func aWrittenTemplateAsksAsTheNamedOne(name: String) throws {
    let prompts = Prompts()
    let server = try server(prompts)
    let place = try Workplace.indexed()
    let reader = ["--reader", server.address + "/v1", "--index", "tiny", "--rerank", "0"]
    let tuned = try place.run(
      "tune", "template", "--questions", "questions.jsonl", "--templates", name, "--budget", "1",
      with: reader + ["--output", "t.yaml"])
    #expect(tuned.status == 0, "\(tuned.error)")
    #expect(!(try place.names.contains("t.yaml.shots.jsonl")))
    func asked(_ template: String, _ options: [String]) throws -> [String] {
      let before = prompts.all.count
      for passages in ["1", "3"] {
        let result = try place.run(
          "ask", "who is homer", "--template", template, "--passages", passages,
          with: reader + options)
        #expect(result.status == 0, "\(result.error)")
      }
      let closed = try place.run(
        "ask", "who is homer", "--template", template, "--closed-book",
        with: ["--reader", server.address + "/v1"] + options)
      #expect(closed.status == 0, "\(closed.error)")
      return Array(prompts.all[before...])
    }
    let shots = ["--shots", "questions.jsonl"]
    #expect(try asked(name, shots) == asked("t.yaml", shots))
    #expect(Set(prompts.all.suffix(3)).count == 3)
  }

  @Test func aReaderHereIsAskedToo() throws {
    let place = try Workplace.indexed()
    try place.writeT5("t5", .tiny)
    let result = try place.run(
      "tune", "template", "--reader", "./t5", "--index", "tiny", "--rerank", "0", "--questions",
      "questions.jsonl",
      with: ["--budget", "9", "--max-tokens", "4", "--output", "t.yaml", "--metric", "em"])
    #expect(result.status == 0, "\(result.error)")
    // The usual template of a T5 is flan, which is not tried twice.
    #expect(result.output.split(separator: "\n").count == 6)
    #expect(try place.read("t.yaml").contains("closed-book: "))
  }

  @Test(
    arguments: [
      (["--budget", "7"], "at least 8 for 4 candidates"), (["--shots", "dev.jsonl"], "--train"),
      (["--shot-counts", "0,x"], "shot-counts"), ([], "--closed-book"),
    ])
  func wrongUsageIsRefused(options: [String], expected: String) throws {
    let server = try server(Prompts())
    var arguments = command(server)
    if options.isEmpty { arguments.removeAll { $0 == "--closed-book" } }
    let result = try place.run(with: arguments + options)
    #expect(result.status == 64 && result.error.contains(expected), "\(result.error)")
  }

  @Test func tooFewDemonstrationsAreNamed() throws {
    let server = try server(Prompts())
    let result = try place.run(with: command(server) + ["--shot-counts", "0,9"])
    #expect(result.status == 65 && result.error.contains("train.jsonl"), "\(result.error)")
    #expect(result.error.contains("9 questions"))
  }
}
