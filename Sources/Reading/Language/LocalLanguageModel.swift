import Models

/// A language model in this process.
package struct LocalLanguageModel: LanguageModel {
  package let model: GenerativeModel

  package init(_ model: GenerativeModel) { self.model = model }

  /// What the model was made for, as far as its kind and its tokens tell.
  package var usualTemplate: PromptTemplate {
    func knows(_ token: String) -> Bool { model.tokenizer.id(of: token) != nil }
    if model.network.hasEncoder { return .flan }
    if knows("<|im_start|>") { return .chatML }
    if knows("<|start_header_id|>") { return .llama3 }
    return knows("[INST]") ? .mistral : .ralm
  }

  package var longestText: Int? { model.longestText }

  package func countTokens(_ text: String) -> Int {
    model.tokenizer.encode(text, addingSpecialTokens: true).count
  }

  /// Prompts are read in groups whose keys, values and states fit into memory; what the prompts of
  /// a group begin with alike is computed once.
  ///
  /// - Throws: `CheckpointError` for a prompt that is longer than the network reads.
  package func complete(
    _ prompts: [String], _ settings: CompletionSettings
  ) throws -> [Completion] {
    let ids = try prompts.map { try model.encode($0) }
    return groups(ids).flatMap { group in
      let common = group.count > 1 ? Self.commonPrefix(ids[group]) : 0
      let prefix = model.network.share(Array(ids[group.lowerBound][..<common]))
      let answers = model.generate(
        ids[group].map { Array($0[common...]) }, after: prefix,
        generation(settings, first: group.lowerBound), stopStrings: settings.stops)
      return answers.map {
        Completion(
          text: $0.text, logProbabilities: $0.answer.logProbabilities,
          isFinished: $0.answer.isFinished)
      }
    }
  }

  /// Tokens of prompts that are read at once.
  private static let groupTokens = 8192

  private func groups(_ prompts: [[Int32]]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var tokens = 0
    for (index, ids) in prompts.enumerated() {
      tokens += ids.count
      if let last = groups.last, tokens <= Self.groupTokens {
        groups[groups.count - 1] = last.lowerBound..<index + 1
      } else {
        groups.append(index..<index + 1)
        tokens = ids.count
      }
    }
    return groups
  }

  /// Tokens that all prompts begin with; each keeps one of its own.
  private static func commonPrefix(_ prompts: ArraySlice<[Int32]>) -> Int {
    guard let first = prompts.first else { return 0 }
    return prompts.reduce(first.count) { common, ids in
      let differs = zip(first, ids).enumerated().first { $1.0 != $1.1 }?.offset
      return min(common, differs ?? ids.count, ids.count - 1)
    }
  }

  private func generation(_ settings: CompletionSettings, first: Int) -> GenerationSettings {
    var generation = GenerationSettings()
    generation.maxTokens = settings.maxTokens
    if let temperature = settings.temperature {
      var sampling = Sampling()
      sampling.temperature = temperature
      sampling.seed = settings.seed &+ UInt64(first)
      generation.choice = .sampling(sampling)
    }
    return generation
  }
}
