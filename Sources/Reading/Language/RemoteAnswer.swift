import Foundation
import Models

/// The answer of a service, as far as a reader needs it.
struct RemoteAnswer: Equatable {
  let text: String
  let logProbabilities: [Float]?
  /// Why the service stopped; nil where it does not say.
  let reason: String?
  /// Tokens that it read.
  let promptTokens: Int?

  /// - Throws: `RemoteError` for a body that holds no completion.
  init(_ response: HTTPResponse, to request: HTTPRequest, _ api: RemoteAPI) throws(RemoteError) {
    let body: Body
    do {
      body = try JSONDecoder().decode(Body.self, from: Data(response.body))
    } catch {
      throw RemoteError(request, response, expected: "a completion in JSON")
    }
    guard let choice = body.choices.first(where: { $0.index ?? 0 == 0 }),
      let text = api == .completions ? choice.text : choice.message?.text
    else {
      let what = api == .completions ? "choices[0].text" : "choices[0].message.content"
      throw RemoteError(request, response, expected: what)
    }
    self.text = text
    logProbabilities = choice.logprobs?.values
    reason = choice.finish_reason
    promptTokens = body.usage?.prompt_tokens
  }

  /// Services cut answers at stop strings. Where one does not, it is done here; which tokens'
  /// probabilities belong to the rest is then unknown.
  func completion(_ settings: CompletionSettings) -> Completion {
    let end = settings.stops.compactMap { text.range(of: $0)?.lowerBound }.min()
    return Completion(
      text: end.map { String(text[..<$0]) } ?? text,
      logProbabilities: end == nil ? logProbabilities : nil,
      isFinished: end != nil || !["length", "content_filter"].contains(reason))
  }

  // MARK: The body of an answer

  private struct Body: Decodable {
    let choices: [Choice]
    let usage: Usage?
  }

  private struct Choice: Decodable {
    let index: Int?
    let text: String?
    let message: Message?
    let logprobs: LogProbabilities?
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let finish_reason: String?
  }

  private struct Usage: Decodable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let prompt_tokens: Int?
  }

  /// A message without content, as models send that spend all tokens on thinking, is an empty text.
  private struct Message: Decodable {
    let text: String

    private enum CodingKeys: String, CodingKey { case content }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: CodingKeys.self)
      text = try fields.decode(String?.self, forKey: .content) ?? ""
    }
  }

  /// In the form of completions, `token_logprobs`, or in that of chat, `content`; llama.cpp gives
  /// the second for both. Any other form counts as none.
  private struct LogProbabilities: Decodable {
    let values: [Float]?

    private enum CodingKeys: String, CodingKey {
      case tokens = "token_logprobs"
      case content
    }

    private struct Token: Decodable { let logprob: Float }

    init(from decoder: any Decoder) throws {
      let fields = try? decoder.container(keyedBy: CodingKeys.self)
      let tokens = try? fields?.decode([Float].self, forKey: .tokens)
      let content = try? fields?.decode([Token].self, forKey: .content)
      values = tokens ?? content?.map(\.logprob)
    }
  }
}

/// The models that a service lists.
struct RemoteModels: Equatable {
  private struct Body: Decodable {
    let data: [Entry]
  }

  private struct Entry: Decodable, Equatable {
    let id: String
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let max_model_len: Int?
    let meta: Meta?
  }

  private struct Meta: Decodable, Equatable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let n_ctx: Int?
  }

  private let entries: [Entry]

  /// Nil for anything that is no such list.
  init?(_ response: HTTPResponse) {
    guard let body = try? JSONDecoder().decode(Body.self, from: Data(response.body)) else {
      return nil
    }
    entries = body.data
  }

  var names: [String] { entries.map(\.id) }

  /// How long a text may be, in tokens, as vLLM and llama.cpp tell it.
  func longestText(_ name: String) -> Int? {
    let entry = entries.first { $0.id == name }
    return (entry?.max_model_len ?? entry?.meta?.n_ctx).flatMap { $0 > 0 ? $0 : nil }
  }
}
