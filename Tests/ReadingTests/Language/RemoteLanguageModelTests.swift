import Foundation
import Models
import Synchronization
import TestSupport
import Testing

@testable import Reading

@Suite struct RemoteLanguageModelTests {
  typealias Reply = LoopbackServer.Reply

  private static func text(_ text: String, reason: String = "stop", more: String = "") -> Reply {
    .json(
      #"{"choices": [{"index": 0, "text": "\#(text)", "finish_reason": "\#(reason)"\#(more)}]}"#)
  }

  private static func chat(_ text: String) -> Reply {
    .json(
      #"{"choices": [{"message": {"content": "\#(text)"}, "finish_reason": "stop", "#
        + #""logprobs": {"content": [{"token": "a", "logprob": -0.5}]}}]}"#)
  }

  /// A server that lists one model and replies to all else as `reply` says, counting from 0.
  private func server(
    _ reply: @escaping @Sendable (LoopbackServer.Request, Int) -> Reply
  ) throws -> LoopbackServer {
    let count = Mutex(0)
    return try LoopbackServer { request, _ in
      if request.target == "/v1/models" {
        return .json(#"{"data": [{"id": "tiny", "max_model_len": 640}]}"#)
      }
      let number = count.withLock { count in
        count += 1
        return count - 1
      }
      return reply(request, number)
    }
  }

  private func connect(
    _ server: LoopbackServer, key: String = "", change: (inout RemoteReader) -> Void = { _ in }
  ) async throws -> RemoteLanguageModel {
    var reader = try RemoteReader(
      address: server.address + "/v1", environment: ["FIRN_API_KEY": key])
    reader.retries.tries = 3
    reader.retries.shortest = .milliseconds(1)
    reader.timeLimit = .seconds(20)
    change(&reader)
    return try await RemoteLanguageModel.connect(reader)
  }

  private func asked(_ server: LoopbackServer) -> [LoopbackServer.Request] {
    server.requests.filter { $0.method == "POST" }
  }

  @Test func theServiceNamesItsModelAndItsLongestText() async throws {
    let model = try await connect(try server { _, _ in Self.text("x") })
    #expect(model.name == "tiny")
    #expect(model.longestText == 640)
  }

  @Test func settingsTravelAsTheInterfaceNamesThem() async throws {
    let server = try server { _, _ in
      Self.text("Paris", more: #", "logprobs": {"token_logprobs": [-0.25, -1]}"#)
    }
    let model = try await connect(server)
    var settings = CompletionSettings()
    settings.maxTokens = 7
    settings.stops = ["\n"]
    #expect(
      try await model.complete(["é?"], settings) == [
        Completion(text: "Paris", logProbabilities: [-0.25, -1], isFinished: true)
      ])
    settings.temperature = 0.5
    settings.seed = 1 << 40 + 3
    _ = try await model.complete(["a"], settings)
    let bodies = asked(server).map(\.json)
    #expect(asked(server)[0].target == "/v1/completions")
    #expect(bodies[0]["prompt"] as? String == "é?" && bodies[0]["model"] as? String == "tiny")
    #expect(bodies[0]["max_tokens"] as? Int == 7 && bodies[0]["stop"] as? [String] == ["\n"])
    #expect(bodies[0]["temperature"] as? Double == 0 && bodies[0]["seed"] == nil)
    #expect(bodies[1]["temperature"] as? Double == 0.5 && bodies[1]["seed"] as? Int != nil)
  }

  @Test func answersComeInTheOrderOfThePromptsWithNoMoreRequestsThanAllowed() async throws {
    let server = try server { request, number in
      var reply = Self.text(request.json["prompt"] as? String ?? "")
      reply.parts[0].wait = Double(7 - number % 8) * 0.03
      return reply
    }
    let model = try await connect(server) { $0.concurrency = 3 }
    let prompts = (0..<16).map { "p\($0)" }
    let texts = try await model.complete(prompts, CompletionSettings()).map(\.text)
    #expect(texts == prompts)
    #expect(server.mostRunning <= 3 && server.mostRunning > 1)
  }

  @Test func whatMayPassIsTriedAgain() async throws {
    let server = try server { _, number in
      switch number {
      case 0: .json("{}", status: 500)
      case 1: .json("slow down", status: 429, ["Retry-After": "1"])
      default: Self.text("at last")
      }
    }
    let model = try await connect(server)
    let began = ContinuousClock.now
    let answers = try await model.complete(["a"], CompletionSettings())
    #expect(answers.map(\.text) == ["at last"])
    #expect(ContinuousClock.now - began >= .seconds(1))
  }

  @Test func aCutAnswerIsAskedForAgain() async throws {
    let server = try server { _, number in
      number == 0 ? Self.text("Par").cut(9) : Self.text("Paris")
    }
    let answers = try await connect(server).complete(["a"], CompletionSettings())
    #expect(answers.map(\.text) == ["Paris"])
  }

  @Test(arguments: [
    "garbage", "", "[]", "{}", #"{"choices": []}"#, #"{"choices": 3}"#, #"{"choices": [3]}"#,
    #"{"choices": [{"text": 5}]}"#, #"{"choices": [{"message": {"content": "chat"}}]}"#,
    #"{"choices": [{"text": "x"}]"#, "\u{0}\u{1B}[31m",
  ])
  func anAnswerThatIsNoneIsAnErrorThatShowsItsBeginning(body: String) async throws {
    let model = try await connect(try server { _, _ in .json(body) })
    let error = await #expect(throws: RemoteError.self) {
      try await model.complete(["a"], CompletionSettings())
    }
    #expect(error?.status == 200 && error?.address.hasSuffix("/v1/completions") == true)
    #expect(error?.found.unicodeScalars.allSatisfy { $0.value >= 32 } == true)
    if body.hasPrefix("g") { #expect(error?.found == "status 200, garbage") }
  }

  @Test func modelsWithoutCompletionsAreAskedByChat() async throws {
    let server = try server { request, _ in
      request.target == "/v1/chat/completions"
        ? Self.chat("hello") : .json("This is a chat model", status: 404)
    }
    let model = try await connect(server)
    for _ in 0..<2 {
      let answers = try await model.complete(["a"], CompletionSettings())
      #expect(answers == [Completion(text: "hello", logProbabilities: [-0.5], isFinished: true)])
    }
    // The second question goes there at once.
    let chat = "/v1/chat/completions"
    #expect(asked(server).map(\.target) == ["/v1/completions", chat, chat])
    let fixed = try await connect(server) { $0.api = .completions }
    await #expect(throws: RemoteError.self) {
      try await fixed.complete(["a"], CompletionSettings())
    }
  }

  @Test func whatAServiceRefusesIsNotAskedAgain() async throws {
    let server = try server { request, _ in
      if request.json["logprobs"] != nil {
        return .json(#"{"error": "logprobs is not supported"}"#, status: 400)
      }
      return request.json["max_tokens"] != nil
        ? .json(#"{"error": "use max_completion_tokens"}"#, status: 400) : Self.text("x")
    }
    let model = try await connect(server)
    #expect(
      try await model.complete(["a"], CompletionSettings()) == [
        Completion(text: "x", logProbabilities: nil, isFinished: true)
      ])
    #expect(asked(server).count == 3)
    _ = try await model.complete(["b"], CompletionSettings())
    #expect(asked(server).count == 4)
  }

  @Test func answersEndBeforeAStopThatTheServiceOverlooked() async throws {
    let model = try await connect(
      try server { _, _ in
        Self.text("Paris; London", reason: "length", more: #", "logprobs": {"x": 1}"#)
      })
    var settings = CompletionSettings()
    #expect(try await model.complete(["a"], settings)[0].isFinished == false)
    settings.stops = ["!", ";"]
    #expect(
      try await model.complete(["a"], settings) == [
        Completion(text: "Paris", logProbabilities: nil, isFinished: true)
      ])
  }

  @Test func theKeyIsSentAndStaysOutOfEveryError() async throws {
    let secret = "sk-12345-secret"
    let refusing = try server { request, _ in
      .json("bad key \(request.headers["authorization"] ?? "")", status: 401)
    }
    let model = try await connect(refusing, key: secret)
    let error = await #expect(throws: RemoteError.self) {
      try await model.complete(["a"], CompletionSettings())
    }
    #expect(asked(refusing).map { $0.headers["authorization"] } == ["Bearer \(secret)"])
    #expect(error.map { "\($0)".contains("12345") } == false)
    #expect(error?.hint?.contains("FIRN_API_KEY") == true)
    var dumped = ""
    dump(model, to: &dumped)
    #expect(!dumped.contains("12345"))
  }

  @Test func aServiceThatIsNotThereFailsAtOnce() async throws {
    var reader = try RemoteReader(address: "http://127.0.0.1:1/v1", environment: [:])
    reader.retries.tries = 1
    await #expect(throws: RemoteError.self) { try await RemoteLanguageModel.connect(reader) }
  }

  @Test func withoutAListAModelMustBeNamed() async throws {
    let server = try LoopbackServer { _, _ in .json("none", status: 404) }
    await #expect(throws: RemoteError.self) { try await connect(server) }
    let model = try await connect(server) { $0.model = "mine" }
    #expect(model.name == "mine" && model.longestText == nil)
    let two = try LoopbackServer { _, _ in .json(#"{"data": [{"id": "a"}, {"id": "b"}]}"#) }
    let error = await #expect(throws: RemoteError.self) { try await connect(two) }
    #expect(error?.found == "a, b")
  }

  @Test func whatWasFinishedBeforeAFailureIsKept() async throws {
    let server = try server { request, _ in
      request.json["prompt"] as? String == "p5" ? .json("no", status: 400) : Self.text("ok")
    }
    let model = try await connect(server) { $0.concurrency = 2 }
    let (done, failure) = await model.completePrefix(
      (0..<40).map { "p\($0)" }, CompletionSettings())
    #expect(done.map(\.text) == Array(repeating: "ok", count: 5))
    #expect((failure as? RemoteError)?.status == 400)
    #expect(asked(server).count <= 8)
  }

  @Test func cancellingEndsAllRequests() async throws {
    let server = try server { _, _ in .json("{}", after: 30) }
    let model = try await connect(server)
    let task = Task { try await model.complete(["a", "b", "c"], CompletionSettings()) }
    while asked(server).count < 3 { try await Task.sleep(for: .milliseconds(20)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func aPromptThatTheServiceCutIsAnError() async throws {
    let server = try server { _, _ in
      .json(#"{"choices": [{"text": "x"}], "usage": {"prompt_tokens": 30}}"#)
    }
    let model = try await connect(server) { $0.tokenizer = ByteTokenizer() }
    let short = String(repeating: "a", count: 32)
    #expect(try await model.complete([short], CompletionSettings()).count == 1)
    let error = await #expect(throws: RemoteError.self) {
      try await model.complete([String(repeating: "a", count: 500)], CompletionSettings())
    }
    #expect(error?.expected.hasPrefix("all 500 tokens") == true)
  }

  @Test func estimatesRatherSayTooMany() async throws {
    let model = try await connect(try server { _, _ in Self.text("x") }) { $0.api = .completions }
    // OPT's tokenizer makes 10, 9 and 26 tokens of these.
    let texts = [
      "The quick brown fox jumps over the lazy dog.", "In 1984, 23% of £5.",
      "Ответ: Санкт-Петербург",
    ]
    for (text, tokens) in zip(texts, [10, 9, 26]) {
      #expect(model.countTokens(text) >= tokens && model.countTokens(text) <= 5 * tokens)
    }
    let exact = try await connect(try server { _, _ in Self.text("x") }) {
      $0.api = .completions
      $0.tokenizer = ByteTokenizer()
    }
    #expect(exact.countTokens("abcde") == 5)
  }
}

/// One token for each byte.
private struct ByteTokenizer: Tokenizer {
  let kind = TokenizerKind.bytePairs
  let vocabularySize = 256
  func token(_ id: Int32) -> String? { nil }
  func id(of token: String) -> Int32? { nil }
  func isSpecial(_ id: Int32) -> Bool { false }
  func decode(_ ids: [Int32], skippingSpecialTokens: Bool) -> String { "" }
  func encode(_ text: String, addingSpecialTokens: Bool) -> Encoding {
    var encoding = Encoding()
    encoding.ids = text.utf8.map { Int32($0) }
    return encoding
  }
}
