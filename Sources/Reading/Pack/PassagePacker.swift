import Retrieval

/// The passages of a ranking that the reader gets to see.
package struct PackedContext: Sendable, Equatable {
  /// Best first: a prefix of the ranking.
  package let packed: [RankedPassage]
  /// Passages under the cap that did not fit.
  package let dropped: Int
  /// What the context holds, in the reader's tokens.
  package let tokens: Int
  /// Whether only the beginning of the one packed passage fitted.
  package let isCut: Bool

  package init(packed: [RankedPassage], dropped: Int, tokens: Int, isCut: Bool = false) {
    self.packed = packed
    self.dropped = dropped
    self.tokens = tokens
    self.isCut = isCut
  }
}

/// Fills the reader's context greedily by score.
///
///     [CLS] question [SEP] title . text [SEP] title . text [SEP] ...
///
/// The first passage that does not fit ends the packing, so that no passage is read before a better
/// one. A first passage that is longer than the context is read all the same, in windows: a reader
/// that sees nothing answers nothing.
package struct PassagePacker: Sendable {
  package let builder: WindowBuilder
  /// Tokens in the context at most.
  package var contextTokens: Int
  /// Passages in the context at most; nil for as many as fit.
  package var longest: Int?

  package init(builder: WindowBuilder, contextTokens: Int = 512, longest: Int? = nil) {
    precondition(contextTokens > 0, "expected room for a token, found \(contextTokens)")
    precondition(longest ?? 1 > 0, "expected at least one passage, found \(longest ?? 0)")
    self.builder = builder
    self.contextTokens = contextTokens
    self.longest = longest
  }

  /// - Requires: passages in descending order of score.
  package func pack(_ ranking: Ranking) -> PackedContext {
    let candidates = ranking.passages.prefix(longest ?? ranking.passages.count)
    var packed: [RankedPassage] = []
    let question = builder.tokenizer.encode(ranking.question.text).ids
    var tokens = builder.opening(question: question, title: []).count
    for ranked in candidates {
      let cost = tokenCount(ranked.passage)
      guard packed.isEmpty || tokens + cost <= contextTokens else { break }
      packed.append(ranked)
      tokens += cost
    }
    return PackedContext(
      packed: packed, dropped: candidates.count - packed.count, tokens: tokens)
  }

  /// Tokens of a passage with its title and the separator behind it.
  private func tokenCount(_ passage: Passage) -> Int {
    let title = builder.tokenizer.encode(passage.title).ids
    let opening = builder.opening(question: [], title: title).count
    let empty = builder.opening(question: [], title: []).count
    return opening - empty + builder.tokenizer.encode(passage.text).count + 1
  }
}
