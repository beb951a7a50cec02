import Foundation
import Models
import Synchronization

/// A language model that another program runs, asked over HTTP: vLLM, llama.cpp's server, TGI,
/// Ollama and others that speak OpenAI's completions or chat interface.
package final class RemoteLanguageModel: LanguageModel {
  package let reader: RemoteReader
  /// The model's name at the service.
  package let name: String
  package let longestText: Int?
  private let dialect: Mutex<RemoteDialect>

  /// Asks the service for its models: one that does not answer fails here, and not in the middle
  /// of long work.
  /// - Throws: `RemoteError`, also when no model is named and the service has not just one;
  ///   `CancellationError`.
  package static func connect(_ reader: RemoteReader) async throws -> RemoteLanguageModel {
    let request = HTTPRequest(url: reader.address.appending("models"), key: reader.key)
    let models = try await reader.retries.run {
      let response = try await HTTPClient.send(request, within: min(reader.timeLimit, .seconds(30)))
      let error = RemoteError(request, response, expected: "a list of models")
      if error.isTransient || [401, 403].contains(response.status) {
        throw remark(error, reader.key)
      }
      // Some services list nothing. That matters only to who does not name a model.
      return response.status == 200 ? RemoteModels(response) : nil
    }
    let names = models?.names ?? []
    guard let name = reader.model ?? (names.count == 1 ? names[0] : nil) else {
      throw RemoteError(
        request.place, expected: "one model, or the name of one to be given",
        found: names.isEmpty ? "no list of models" : names.prefix(20).joined(separator: ", "))
    }
    return RemoteLanguageModel(reader, name, longestText: models?.longestText(name))
  }

  private init(_ reader: RemoteReader, _ name: String, longestText: Int?) {
    self.reader = reader
    self.name = name
    self.longestText = longestText
    dialect = Mutex(RemoteDialect(api: reader.api ?? .completions))
  }

  /// Exact with the model's tokenizer, and otherwise an estimate. Either has room for the template
  /// that a service may put around a message.
  package func countTokens(_ text: String) -> Int {
    let frame = reader.api == .completions ? 0 : RemoteTokens.chatFrame
    if let tokenizer = reader.tokenizer {
      return tokenizer.encode(text, addingSpecialTokens: true).count + frame
    }
    return RemoteTokens.estimate(text) + frame
  }

  /// - Throws: the first failed prompt's error: `RemoteError` or `CancellationError`.
  package func complete(
    _ prompts: [String], _ settings: CompletionSettings
  ) async throws -> [Completion] {
    let (completions, failure) = await completePrefix(prompts, settings)
    if let failure { throw failure }
    return completions
  }

  /// The completions of the prompts before the first that failed, and its error. Requests that were
  /// under way by then are waited for, no more are begun.
  package func completePrefix(
    _ prompts: [String], _ settings: CompletionSettings
  ) async -> (completions: [Completion], failure: (any Error)?) {
    var results = [Result<Completion, any Error>?](repeating: nil, count: prompts.count)
    await withTaskGroup(of: (Int, Result<Completion, any Error>).self) { group in
      var waiting = prompts.indices.makeIterator()
      func begin() {
        guard let index = waiting.next() else { return }
        var own = settings
        own.seed &+= UInt64(index)
        group.addTask { [own] in
          do {
            return (index, .success(try await self.complete(prompts[index], own)))
          } catch {
            return (index, .failure(error))
          }
        }
      }
      for _ in 0..<max(1, reader.concurrency) { begin() }
      var hasFailed = false
      for await (index, result) in group {
        results[index] = result
        if case .failure = result { hasFailed = true }
        if !hasFailed { begin() }
      }
    }
    let done = results.prefix { if case .success = $0 { true } else { false } }
    guard done.count < prompts.count else { return (done.compactMap { try? $0?.get() }, nil) }
    let failure = results.lazy.compactMap { result -> (any Error)? in
      if case .failure(let error) = result { error } else { nil }
    }.first
    return (done.compactMap { try? $0?.get() }, failure)
  }

  private func complete(_ prompt: String, _ settings: CompletionSettings) async throws -> Completion
  {
    try await reader.retries.run {
      // Each turn gives up one thing for good, so there are few.
      while true {
        let dialect = self.dialect.withLock { $0 }
        let request = try HTTPRequest(
          posting: RemoteRequest(model: self.name, prompt: prompt, settings, dialect),
          to: self.reader.address.appending(dialect.path), key: self.reader.key)
        let response = try await HTTPClient.send(request, within: self.reader.timeLimit)
        if response.status == 200 {
          let answer = try RemoteAnswer(response, to: request, dialect.api)
          try self.requireWhole(prompt, answer, request)
          return answer.completion(settings)
        }
        guard let other = dialect.adapted(to: response, mayChat: self.reader.api == nil) else {
          throw Self.remark(
            RemoteError(request, response, expected: "a completion"), self.reader.key)
        }
        self.dialect.withLock { if $0 == dialect { $0 = other } }
      }
    }
  }

  /// Some services read the end of a long prompt only and do not say so; the number of tokens that
  /// they count gives them away.
  private func requireWhole(
    _ prompt: String, _ answer: RemoteAnswer, _ request: HTTPRequest
  ) throws(RemoteError) {
    guard let tokenizer = reader.tokenizer, let read = answer.promptTokens else { return }
    let sent = tokenizer.encode(prompt, addingSpecialTokens: false).count
    guard read < sent - sent / 50 - 8 else { return }
    throw RemoteError(
      request.place, status: 200, expected: "all \(sent) tokens of the prompt to be read",
      found: "\(read)", hint: "the service cut it, or has another tokenizer")
  }

  private static func remark(_ error: RemoteError, _ key: AccessKey?) -> RemoteError {
    var error = error
    switch error.status {
    case 401, 403:
      error.hint =
        key == nil
        ? "set \(RemoteReader.keyVariable)" : "the key in \(RemoteReader.keyVariable) was refused"
    case 404: error.hint = "an address usually ends in /v1; is the model's name right?"
    default: break
    }
    return error
  }
}
