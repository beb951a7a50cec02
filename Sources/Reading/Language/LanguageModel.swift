/// A frozen language model that goes on with texts, wherever it runs.
package protocol LanguageModel: Sendable {
  /// The most tokens of a prompt and its answer together; nil when nothing is known to limit them.
  var longestText: Int? { get }

  /// Tokens of a whole prompt: exact where the model's tokenizer is at hand, else an estimate that
  /// rather says too many.
  func countTokens(_ text: String) -> Int

  /// One completion for each prompt, in their order.
  ///
  /// - Requires: prompts that leave room for an answer.
  func complete(_ prompts: [String], _ settings: CompletionSettings) async throws -> [Completion]

  /// The same, as far as it went: the completions before the first that failed, and its error.
  func completePrefix(
    _ prompts: [String], _ settings: CompletionSettings
  ) async -> (completions: [Completion], failure: (any Error)?)
}

extension LanguageModel {
  package func completePrefix(
    _ prompts: [String], _ settings: CompletionSettings
  ) async -> (completions: [Completion], failure: (any Error)?) {
    do {
      return (try await complete(prompts, settings), nil)
    } catch {
      return ([], error)
    }
  }
}

/// How a language model is asked to go on.
package struct CompletionSettings: Sendable, Equatable {
  /// The most tokens of a completion.
  package var maxTokens = 32
  /// A completion ends before the first of these.
  package var stops: [String] = []
  /// What logits are divided by before a token is drawn; nil takes the most probable one each time.
  package var temperature: Float?
  package var seed: UInt64 = 1

  package init() {}
}

/// What a language model went on with.
package struct Completion: Sendable, Equatable {
  package let text: String
  /// ln p of each of its tokens given those before it; nil where the model does not tell.
  package let logProbabilities: [Float]?
  /// Whether it ended by itself rather than at the most tokens.
  package let isFinished: Bool

  package init(text: String, logProbabilities: [Float]?, isFinished: Bool) {
    self.text = text
    self.logProbabilities = logProbabilities
    self.isFinished = isFinished
  }
}
