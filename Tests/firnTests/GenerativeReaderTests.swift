import Foundation
import Synchronization
import TestSupport
import Testing

/// The main job with a generative reader of random weights: its answers mean nothing, but all around
/// them must be right.
struct GenerativeReaderTests {
  private let place: Workplace
  private let reader = ["--reader", "./t5", "--max-tokens", "6", "--rerank", "0"]

  init() throws {
    place = try Workplace.indexed()
    try place.writeT5("t5")
  }

  private func packed(_ record: [String: Any]) throws -> [Bool] {
    try #require(record["passages"] as? [[String: Any]]).compactMap { $0["packed"] as? Bool }
  }

  @Test func answersKeepTheOrderAndAreGoneOnWith() throws {
    let command = ["answer", "questions.jsonl", "--index", "tiny", "--output", "p"] + reader
    #expect(try place.run(with: command).status == 0)
    let whole = try place.read("p")
    let answers = try records(whole)
    #expect(answers.map { $0["id"] as? String } == ["a", "b"])
    #expect(try packed(answers[0]) == [true])
    try Data(whole.utf8.dropLast(40)).write(to: place.folder.appending(path: "p"))
    let resumed = try place.run(with: command)
    #expect(resumed.status == 0 && resumed.error.contains("1 answers"))
    #expect(try place.read("p") == whole)
    for option in [["--template", "ralm"], ["--precision", "int8"]] {
      let other = try place.run(with: command + option)
      #expect(other.status == 65 && other.error.contains("--restart"))
    }
    let rounded = try place.run(
      with: command.map { $0 == "p" ? "q" : $0 } + ["--precision", "int8"])
    #expect(rounded.status == 0)
    #expect(try records(place.read("q")).map { $0["id"] as? String } == ["a", "b"])
  }

  @Test func whatDoesNotFitIsReported() throws {
    let cut = try place.run(
      "answer", "questions.jsonl", "--index", "tiny", with: reader + ["--context-tokens", "70"])
    #expect(cut.status == 0 && cut.error.contains("the best passage was cut for"))
    let none = try place.run(
      "answer", "questions.jsonl", "--index", "tiny", with: reader + ["--context-tokens", "20"])
    #expect(none.status == 0 && none.error.contains("no room for a passage"))
    let unread = try records(none.output)
    #expect(unread.map { $0["prediction"] as? String } == ["", ""])
    #expect(try packed(unread[0]) == [false])
  }

  @Test func aClosedBookNeedsNoIndex() throws {
    let result = try place.run(
      "answer", "questions.jsonl", "--closed-book", "--shots", "questions.jsonl", with: reader)
    #expect(result.status == 0)
    for record in try records(result.output) {
      #expect(try packed(record) == [] && record["evidence"] is NSNull)
    }
    let asked = try place.run("ask", "who", "--closed-book", with: reader)
    #expect(asked.status == 0 && asked.output.contains("confidence"))
    #expect(try place.run("ask", "who", with: reader).status == 64)
  }

  @Test func templatesOfOnesOwnAreRead() throws {
    try place.write(
      "mine.yaml", [#"prompt: "{passages}{question}""#, #"passage: "{text} ""#, #"stop: ["a"]"#])
    let result = try place.run(
      "ask", "who", "--index", "tiny", "--template", "mine.yaml", with: reader)
    #expect(result.status == 0)
    try place.write("bad.yaml", [#"prompt: "{question}""#])
    let refused = try place.run(
      "ask", "who", "--index", "tiny", "--template", "bad.yaml", with: reader)
    #expect(refused.status == 65 && refused.error.contains("bad.yaml:1"))
    #expect(refused.error.contains("{passages}"))
  }

  @Test func aPromptIsLearnedFromWhatTheReaderIsAsked() throws {
    let command =
      [
        "tune", "prompt", "--index", "tiny", "--questions", "questions.jsonl", "--dev",
        "questions.jsonl", "--output", "m.safetensors", "--steps", "2", "--batch", "2", "--length",
        "3", "--evaluate-every", "1",
      ] + reader
    let tuned = try place.run(with: command)
    #expect(tuned.status == 0 && tuned.error.contains("1536 learned parameters"))
    let pairs = try records(place.read("m.safetensors.train.jsonl"))
    #expect(pairs.map { $0["target"] as? String } == [" Virgil", " Ilium"])
    let input = try #require(pairs[0]["input"] as? String)
    #expect(input.contains("a Latin poem that Virgil wrote") && input.hasSuffix("the aeneid?"))
    let again = try place.run(with: command)
    #expect(again.status == 0 && !again.error.contains("prompts: 2 of 2"))
    let plain = try place.run("ask", "who wrote the aeneid", "--index", "tiny", with: reader)
    let options = reader + ["--module", "m.safetensors"]
    let prompted = try place.run("ask", "who wrote the aeneid", "--index", "tiny", with: options)
    #expect(prompted.status == 0 && prompted.output != plain.output)
    let weights = place.folder.appending(path: "t5/model.safetensors")
    var bytes = try Data(contentsOf: weights)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: weights)
    let refused = try place.run("ask", "who", "--index", "tiny", with: options)
    #expect(refused.status == 65 && refused.error.contains("m.safetensors"))
  }

  @Test func aModelGoesOnFromATextByItself() throws {
    func generate(_ options: String...) throws -> [String: Any] {
      let result = try place.run(
        "model", "generate", "./t5", "--text", "the siege of troy", with: options)
      #expect(result.status == 0)
      return try result.json()
    }
    let greedy = try generate("--max-tokens", "5", "--logits")
    let ids = try #require(greedy["ids"] as? [Int])
    let logits = try #require(greedy["logits"] as? [Double])
    let best = logits.indices.max { logits[$0] < logits[$1] }
    #expect(ids.count == 5 && logits.count == 268 && ids.first == best)
    // The first token's probability is its share of the first step's exponentials.
    let sum = logits.reduce(0) { $0 + exp($1 - logits[ids[0]]) }
    let logprobs = try #require(greedy["logprobs"] as? [Double])
    #expect(logprobs.count == 5 && abs(logprobs[0] + log(sum)) < 1e-4)
    let drawn = ["--max-tokens", "5", "--temperature", "2", "--seed"]
    let draws = try (1...4).map { seed in
      try #require(
        try place.run("model", "generate", "./t5", "--text", "troy", with: drawn + ["\(seed)"])
          .json()["ids"] as? [Int])
    }
    #expect(Set(draws).count > 1)
    let beams = try #require(try generate("--max-tokens", "5", "--beams", "3")["logprobs"])
    #expect((beams as? [Double])?.count ?? 0 <= 5)
    for wrong in [["--max-tokens", "0"], ["--beams", "2", "--top-k", "3"]] {
      #expect(
        try place.run("model", "generate", "./t5", "--text", "a", with: wrong).status == 64)
    }
  }

  @Test func experimentsCompareReadersWithTheirOptions() throws {
    try place.write("shots.jsonl", [#"{"question": "where is ilium", "answer": ["Troy"]}"#])
    let experiment = [
      "name: tiny", "index: tiny", "questions: {dev: questions.jsonl}", "retrievers: [bm25]",
      "rerankers: [none]", "budgets: [200]",
    ]
    let readers =
      "readers: [{name: plain, model: ./t5, max-tokens: 3},"
      + " {name: shown, model: ./t5, max-tokens: 3, template: ralm, shots: shots.jsonl}]"
    try place.write("tiny.yaml", experiment + [readers])
    #expect(try place.run("experiment", "tiny.yaml").status == 0)
    let results = try place.run("report", "runs/tiny/results.json", "--output", "report.html")
    #expect(results.status == 0)
    let document = try #require(
      try JSONSerialization.jsonObject(
        with: Data(place.read("runs/tiny/results.json").utf8)) as? [String: Any])
    let cells = try #require(document["cells"] as? [[String: Any]])
    #expect(cells.map { $0["reader"] as? String } == ["plain", "shown"])
    for cell in cells {
      let words = try #require(cell["command"] as? String).split(separator: " ").map(String.init)
      #expect(try place.run(with: Array(words.dropFirst())).status == 0)
      let predictions = try #require(cell["predictions"] as? String)
      #expect(try place.read(words.last ?? "") == place.read("runs/tiny/\(predictions)"))
    }
    try place.write("shots.jsonl", [#"{"question": "where is ilium", "answer": ["Asia"]}"#])
    let changed = try place.run("experiment", "tiny.yaml")
    #expect(changed.status == 65 && changed.error.contains("shots.jsonl"))
    try place.write("bad.yaml", experiment + ["readers: [{model: ./t5, max-tokens: 0}]"])
    let bad = try place.run("experiment", "bad.yaml")
    #expect(bad.status == 65 && bad.error.contains("bad.yaml:7"))
    #expect(bad.error.contains("max-tokens"))
  }

  @Test(arguments: [
    ["prefix", "--length", "2", "--attention", "decoder"],
    ["lora", "--rank", "2", "--targets", "q,v"],
  ])
  func everyKindOfModuleIsLearnedAndUsed(kind: [String]) throws {
    try place.write("pairs.jsonl", [#"{"input": "who wrote it", "target": "Virgil"}"#])
    let tuned = try place.run(
      "tune", "prompt", "--train", "pairs.jsonl", "--dev", "pairs.jsonl", "--output",
      "m.safetensors", "--steps", "1", "--batch", "1", "--warm-up", "0", "--rate", "0.1",
      "--adapter", "peft", "--reader", "./t5", "--kind", with: kind)
    // 8 layers of 2 rows of 384 keys and 384 values; 24 pairs of maps of 512 × 384, rank 2.
    let count = kind[0] == "prefix" ? 12288 : 86016
    #expect(tuned.status == 0 && tuned.error.contains("\(count) learned parameters beside"))
    let command = ["model", "generate", "./t5", "--text", "who", "--max-tokens", "2", "--logits"]
    let plain = try place.run(with: command)
    let learned = try place.run(with: command + ["--module", "m.safetensors"])
    #expect(learned.status == 0 && learned.output != plain.output)
    // What PEFT would load is where another run can begin.
    let again = try place.run(
      "tune", "prompt", "--train", "pairs.jsonl", "--dev", "pairs.jsonl", "--output",
      "n.safetensors", "--steps", "1", "--batch", "1", "--initial", "peft", "--reader", "./t5",
      "--kind", with: kind)
    #expect(again.status == 0)
    let imported = try place.run(
      "tune", "adapter", "peft", "--reader", "./t5", "--output", "i.safetensors")
    #expect(imported.status == 0)
    #expect(
      try place.run(with: command + ["--module", "i.safetensors"]).output == learned.output)
    let other = try place.run(
      "tune", "prompt", "--train", "pairs.jsonl", "--dev", "pairs.jsonl", "--output",
      "o.safetensors", "--initial", "m.safetensors", "--reader", "./t5")
    #expect(other.status == 65 && other.error.contains(kind[0]))
  }

  @Test func promptsThatDependOnTheInputAreLearnedAndUsed() throws {
    try place.writeT5("encoder", .tiny)
    try place.write("pairs.jsonl", [#"{"input": "who wrote it", "target": "Virgil"}"#])
    let tuned = try place.run(
      "tune", "idpt", "--train", "pairs.jsonl", "--dev", "pairs.jsonl", "--output",
      "m.safetensors", "--steps", "1", "--batch", "1", "--warm-up", "0", "--rate", "0.1",
      "--encoder", "./encoder", "--length", "2", "--encoder-length", "3", "--width", "16",
      "--heads", "2", with: reader)
    // 3 × 16 + 2 × 16 + (16 × 17 + 32 × 17 + 16 × 17 + 64 × 17 + 16 × 65) + 16 × 512 + 2 × 512
    #expect(tuned.status == 0 && tuned.error.contains("12512 learned parameters beside"))
    #expect(tuned.error.contains("of its encoder"))
    func generate(_ options: String...) throws -> String {
      let result = try place.run(
        "model", "generate", "./t5", "--max-tokens", "2", "--logits", "--text", with: options)
      #expect(result.status == 0)
      return result.output
    }
    let learned = try generate("who", "--module", "m.safetensors")
    #expect(try learned != generate("who"))
    let answered = try place.run(
      "ask", "who wrote the aeneid", "--index", "tiny", "--module", "m.safetensors", with: reader)
    #expect(answered.status == 0)
    let weights = place.folder.appending(path: "encoder/model.safetensors")
    var bytes = try Data(contentsOf: weights)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: weights)
    let refused = try place.run(
      "model", "generate", "./t5", "--text", "who", "--module", "m.safetensors")
    #expect(refused.status == 65 && refused.error.contains("m.safetensors"))
  }

  @Test func aModelWithoutPartOfItsWeightsIsRefused() throws {
    let weights = place.folder.appending(path: "t5/model.safetensors")
    try Data(contentsOf: weights).prefix(1_000_000).write(to: weights)
    let result = try place.run("ask", "who", "--index", "tiny", with: reader)
    #expect(result.status == 65 && result.error.contains("model.safetensors"))
  }
}

/// Readers behind an address: what is around the requests; `RemoteLanguageModelTests` has these.
struct RemoteReaderTests {
  private let place: Workplace

  init() throws { place = try Workplace.indexed() }

  @Test func whatWasAnsweredBeforeAFailureIsKept() throws {
    let fails = Mutex(true)
    let server = try LoopbackServer { request, _ in
      if request.target == "/v1/models" { return .json(#"{"data": [{"id": "tiny"}]}"#) }
      let prompt = request.json["prompt"] as? String ?? ""
      if prompt.contains("siege"), fails.withLock({ $0 }) { return .status(500) }
      let answer = prompt.contains("siege") ? "Troy" : "Virgil"
      return .json(#"{"choices": [{"index": 0, "text": " \#(answer)", "finish_reason": "stop"}]}"#)
    }
    let command = [
      "answer", "questions.jsonl", "--index", "tiny", "--rerank", "0", "--output", "p", "--reader",
      server.address + "/v1", "--reader-tries", "1",
    ]
    let failed = try place.run(with: command)
    #expect(failed.status == 69 && failed.error.contains("500"))
    #expect(try place.read("p").split(separator: "\n").count == 1)
    fails.withLock { $0 = false }
    #expect(try place.run(with: command).status == 0)
    let lines = try place.read("p").split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains(#""prediction":"Virgil""#))
    #expect(lines[1].contains(#""prediction":"Troy""#) && lines[1].contains(#""id":"2","start":"#))
  }

  @Test func experimentsAskReadersBehindAnAddress() throws {
    let server = try LoopbackServer { request, _ in
      request.target == "/v1/models"
        ? .json(#"{"data": [{"id": "tiny"}]}"#)
        : .json(#"{"choices": [{"index": 0, "text": " Virgil", "finish_reason": "stop"}]}"#)
    }
    try place.write(
      "far.yaml",
      [
        "name: far", "index: tiny", "questions: {dev: questions.jsonl}", "retrievers: [bm25]",
        "rerankers: [none]", "budgets: [512]",
        "readers: [{name: giant, model: '\(server.address)/v1', reader-model: tiny}]",
      ])
    #expect(try place.run("experiment", "far.yaml").status == 0)
    let answers = try records(place.read("runs/far/predictions/dev.bm25.512t.giant.s1.jsonl"))
    #expect(answers.map { $0["prediction"] as? String } == ["Virgil", "Virgil"])
    let asked = server.requests.count
    #expect(try place.run("experiment", "far.yaml").status == 0)
    #expect(server.requests.count == asked)
  }

  /// A real server, where FIRN_TEST_SERVER names its address (`serve_llama.py` runs one).
  private static let server = ProcessInfo.processInfo.environment["FIRN_TEST_SERVER"]

  @Test(.enabled(if: server != nil), arguments: ["completions", "chat"])
  func aRealServerReadsAsWell(api: String) throws {
    let command = [
      "answer", "questions.jsonl", "--index", "tiny", "--rerank", "0", "--output", "p", "--reader",
      try #require(Self.server), "--reader-api", api, "--max-tokens", "6",
    ]
    #expect(try place.run(with: command).status == 0)
    let whole = try place.read("p")
    let answers = try records(whole)
    #expect(answers.map { $0["id"] as? String } == ["a", "b"])
    for answer in answers {
      let confidence = try #require(answer["confidence"] as? Double)
      #expect(confidence > 0 && confidence <= 1)
    }
    try Data(whole.utf8.dropLast(40)).write(to: place.folder.appending(path: "p"))
    #expect(try place.run(with: command).status == 0)
    #expect(try records(place.read("p")).map { $0["id"] as? String } == ["a", "b"])
  }

  @Test func anAddressWhereNobodyAnswersHasItsExitCode() throws {
    let result = try place.run(
      "ask", "who", "--index", "tiny", "--rerank", "0", "--reader", "http://127.0.0.1:1/v1",
      "--reader-tries", "1")
    #expect(result.status == 69 && result.error.contains("127.0.0.1:1"))
  }
}
