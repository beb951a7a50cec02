import Retrieval

/// A question with the passages that its prompt has room for.
package struct PackedPrompt: Sendable, Equatable {
  /// Nil where not even the question alone fits.
  package let text: String?
  package let context: PackedContext
}

/// Fills a language model's prompt greedily by score, and leaves room for the answer.
///
/// Instruction, demonstrations and question are never cut. Passages are taken whole and in order
/// until one does not fit; only when the first is by itself too long is it cut behind a word, so
/// that there is something to read.
package struct PromptPacker: Sendable {
  package let model: any LanguageModel
  package var template: PromptTemplate
  package var examples: [PromptTemplate.Example]
  /// Tokens in the prompt at most.
  package var contextTokens: Int
  /// Passages in the prompt at most, 0 for answers without reading; nil for as many as fit.
  package var longest: Int?

  package init(
    model: any LanguageModel, template: PromptTemplate, examples: [PromptTemplate.Example] = [],
    contextTokens: Int, longest: Int? = nil
  ) {
    precondition(contextTokens > 0, "expected room for a token, found \(contextTokens)")
    self.model = model
    self.template = template
    self.examples = examples
    self.contextTokens = contextTokens
    self.longest = longest
  }

  /// - Requires: passages in descending order of score.
  package func pack(_ ranking: Ranking) -> PackedPrompt {
    let packing = Packing(packer: self, ranking: ranking)
    if packing.candidates.isEmpty { return packing.prompt([]) ?? packing.tooLong }
    // Tokens of parts need not add up to those of the whole: the whole is what must fit.
    var count = packing.estimate
    while count > 0 {
      if var prompt = packing.prompt(first: count) {
        while count < packing.candidates.count, let longer = packing.prompt(first: count + 1) {
          (prompt, count) = (longer, count + 1)
        }
        return prompt
      }
      count -= 1
    }
    return packing.prompt(first: 1) ?? packing.cutPrompt ?? packing.tooLong
  }
}

/// The packing of one question.
private struct Packing {
  let packer: PromptPacker
  let question: Question
  let candidates: [RankedPassage]

  init(packer: PromptPacker, ranking: Ranking) {
    self.packer = packer
    question = ranking.question
    candidates = Array(ranking.passages.prefix(packer.longest ?? ranking.passages.count))
  }

  /// How many passages fit as far as their tokens tell one by one.
  var estimate: Int {
    var left = packer.contextTokens - packer.model.countTokens(text([]))
    return candidates.enumerated().prefix { index, ranked in
      let text = packer.template.text(ranked.passage, number: index + 1)
      left -= packer.model.countTokens(text)
      return left >= 0
    }.count
  }

  func prompt(first count: Int) -> PackedPrompt? { prompt(Array(candidates.prefix(count))) }

  /// The prompt with these passages, if it fits.
  func prompt(_ packed: [RankedPassage], isCut: Bool = false) -> PackedPrompt? {
    let text = text(packed)
    let tokens = packer.model.countTokens(text)
    guard tokens <= packer.contextTokens else { return nil }
    return PackedPrompt(
      text: text,
      context: PackedContext(
        packed: packed, dropped: candidates.count - packed.count, tokens: tokens, isCut: isCut))
  }

  /// The prompt with as many words of the first passage as fit, if one does.
  var cutPrompt: PackedPrompt? {
    let text = candidates[0].passage.text
    let ends = text.indices.filter { index in
      index > text.startIndex && text[index].isWhitespace
        && !text[text.index(before: index)].isWhitespace
    }
    var best: PackedPrompt?
    var (low, high) = (0, ends.count)
    while low < high {
      let middle = (low + high) / 2
      var ranked = candidates[0]
      ranked.passage.text = String(text[..<ends[middle]])
      if let prompt = prompt([ranked], isCut: true) {
        (best, low) = (prompt, middle + 1)
      } else {
        high = middle
      }
    }
    return best
  }

  var tooLong: PackedPrompt {
    PackedPrompt(
      text: nil, context: PackedContext(packed: [], dropped: candidates.count, tokens: 0))
  }

  private func text(_ packed: [RankedPassage]) -> String {
    packer.template.prompt(
      question: question.text, passages: packed.map(\.passage), examples: packer.examples)
  }
}
