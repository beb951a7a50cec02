import Native
import Retrieval

/// Packs rankings into prompts and lets a frozen language model write the answers.
package struct GenerativeAnswerer: Answerer {
  package let packer: PromptPacker
  package var settings: CompletionSettings
  /// Answers of less confidence are withheld.
  package var abstainBelow = 0.0

  package init(packer: PromptPacker, settings: CompletionSettings) {
    self.packer = packer
    self.settings = settings
    self.settings.stops += packer.template.stops
  }

  package func answer(_ rankings: [Ranking]) async throws -> [Answered] {
    let prompts = Parallel.map(rankings.count) { packer.pack(rankings[$0]) }
    let asked = prompts.indices.filter { prompts[$0].text != nil }
    let (completions, failure) = await packer.model.completePrefix(
      asked.compactMap { prompts[$0].text }, settings)
    let answers = Dictionary(uniqueKeysWithValues: zip(asked, completions))
    let end = failure == nil ? rankings.count : asked[completions.count]
    let finished = (0..<end).map { answered(rankings[$0], prompts[$0].context, answers[$0]) }
    if let failure { throw UnfinishedAnswers(answered: finished, cause: failure) }
    return finished
  }

  private func answered(
    _ ranking: Ranking, _ context: PackedContext, _ completion: Completion?
  ) -> Answered {
    let confidence = completion.map(GeneratedAnswer.confidence) ?? 0
    let isGiven = completion != nil && confidence >= abstainBelow
    let text = isGiven ? completion.map { GeneratedAnswer.text(of: $0.text) } ?? "" : ""
    let prediction = Prediction(
      ranking.question, text: text, confidence: confidence,
      evidence: GeneratedAnswer.evidence(for: text, in: context.packed.map(\.passage)),
      ranking: ranking.passages, packed: context.packed.count)
    return Answered(prediction: prediction, context: context, candidates: [], features: nil)
  }
}
