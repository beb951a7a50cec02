import Foundation
import Models

/// What of the interface a service takes. It is learned from what the service refuses.
struct RemoteDialect: Equatable, Sendable {
  var api: RemoteAPI
  var asksLogProbabilities = true
  /// OpenAI's newer models have another name for the most tokens.
  var lengthKey = "max_tokens"

  var path: String { api == .completions ? "completions" : "chat/completions" }

  /// What to try after a refusal; nil when the refusal is about something else.
  ///
  /// - Parameter mayChat: whether a model without completions is asked by chat.
  func adapted(to response: HTTPResponse, mayChat: Bool) -> RemoteDialect? {
    let words = String(decoding: response.body.prefix(10_000), as: UTF8.self).lowercased()
    var other = self
    if [400, 422, 500, 501].contains(response.status) {
      if lengthKey == "max_tokens", words.contains("max_completion_tokens") {
        other.lengthKey = "max_completion_tokens"
        return other
      }
      if asksLogProbabilities, words.contains("logprob") || words.contains("logits_all") {
        other.asksLogProbabilities = false
        return other
      }
    }
    let hasNoCompletions =
      [404, 405, 501].contains(response.status)
      || response.status == 400 && words.contains("chat") && words.contains("completion")
    guard mayChat, api == .completions, hasNoCompletions else { return nil }
    other.api = .chat
    return other
  }
}

/// The body of a request.
struct RemoteRequest: Encodable {
  let model: String
  let prompt: String
  let settings: CompletionSettings
  let dialect: RemoteDialect

  init(
    model: String, prompt: String, _ settings: CompletionSettings, _ dialect: RemoteDialect
  ) {
    self.model = model
    self.prompt = prompt
    self.settings = settings
    self.dialect = dialect
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var body = encoder.container(keyedBy: Name.self)
    func put(_ value: some Encodable, _ name: String) throws {
      try body.encode(value, forKey: Name(stringValue: name))
    }
    try put(model, "model")
    try put(settings.maxTokens, dialect.lengthKey)
    try put(settings.temperature ?? 0, "temperature")
    // What servers take for a seed differs; all take this range.
    if settings.temperature != nil { try put(settings.seed % (1 << 31), "seed") }
    if !settings.stops.isEmpty { try put(settings.stops, "stop") }
    switch dialect.api {
    case .completions:
      try put(prompt, "prompt")
      // 0 means none to some servers, and the drawn token alone to others.
      if dialect.asksLogProbabilities { try put(1, "logprobs") }
    case .chat:
      try put([["role": "user", "content": prompt]], "messages")
      if dialect.asksLogProbabilities { try put(true, "logprobs") }
    }
  }
}
