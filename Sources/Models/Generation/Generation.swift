import Native
import Tensors

extension GenerativeNetwork {
  /// Answers to prompts of any lengths, in their order, each as if it were alone.
  ///
  /// - Parameters:
  ///   - prefix: what comes before every prompt, computed once.
  ///   - isComplete: asked after each token with the prompt's index and the ids so far; true ends
  ///     that answer (stop strings). Beam search does not ask it.
  package func generate(
    _ prompts: [[Int32]], after prefix: SharedPrefix? = nil, _ settings: GenerationSettings,
    isComplete: (_ prompt: Int, _ ids: [Int32]) -> Bool = { _, _ in false }
  ) -> [Generated] {
    if prompts.isEmpty || settings.maxTokens < 1 { return prompts.map { _ in Generated() } }
    var (logits, cache) = prefill(prompts, after: prefix)
    cache.share()
    if case .beams(let beams) = settings.choice {
      return BeamSearch(self, beams, settings).run(logits, cache)
    }
    var answers = prompts.map { _ in Generated() }
    var samplers: [TokenSampler] = []
    if case .sampling(let sampling) = settings.choice {
      samplers = prompts.indices.map { TokenSampler(sampling, stream: $0) }
    }
    /// The prompts that rows of `logits` and of `cache` belong to.
    var running = Array(prompts.indices)
    while true {
      let current = logits
      let values = current.values.span
      for (row, prompt) in running.enumerated() {
        let scores = values.extracting(row * current.width..<(row + 1) * current.width)
        let token =
          samplers.isEmpty ? Self.mostProbable(scores) : samplers[prompt].next(scores)
        answers[prompt].ids.append(token)
        answers[prompt].logProbabilities.append(
          scores[Int(token)] - Kernels.logSumExp(scores))
        answers[prompt].isFinished =
          settings.stopTokens.contains(token) || isComplete(prompt, answers[prompt].ids)
      }
      let rows = running.indices.filter { row in
        !answers[running[row]].isFinished
          && answers[running[row]].ids.count < settings.maxTokens
          && cache.lengths[row] < maxPositions ?? .max
      }
      if rows.isEmpty { return answers }
      cache.select(rows)
      running = rows.map { running[$0] }
      logits = step(running.map { answers[$0].ids[answers[$0].ids.count - 1] }, &cache)
    }
  }

  /// The first of the largest.
  private static func mostProbable(_ logits: Span<Float>) -> Int32 {
    let top = Kernels.max(logits)
    for index in logits.indices where logits[index] == top { return Int32(index) }
    preconditionFailure("expected finite logits, found a NaN")
  }
}
