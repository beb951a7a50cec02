import Native
import Tensors

/// A frozen decoder: what it reads and what it writes are one text.
///
/// A network states how it makes states of tokens and logits of states; prompts, shared prefixes and
/// steps are the same for all.
package protocol DecoderNetwork: GenerativeNetwork {
  /// A cache of that many sequences without tokens.
  func emptyCache(sequences: Int) -> DecoderCache

  /// The last layer's states of new rows, whose keys and values are added to the cache.
  ///
  /// - Parameters:
  ///   - rows: embeddings of tokens, or a prompt's vectors in their place.
  ///   - starts: each sequence's first row, and their number as the last element.
  /// - Returns: `[rows, width]`.
  func states(_ rows: Tensor, starts: [Int], _ cache: inout DecoderCache) -> Tensor

  /// `[tokens, vocabulary]`.
  func logits(_ states: Tensor) -> Tensor
}

extension DecoderNetwork {
  package var hasEncoder: Bool { false }

  package func share(_ prompt: PromptRows?, _ prefix: [Int32]) -> SharedPrefix {
    precondition(prompt?.decoder.rows ?? 0 == 0, "expected no prompt of a decoder's own")
    if prefix.isEmpty && prompt?.input.rows ?? 0 == 0 { return SharedPrefix() }
    var cache = emptyCache(sequences: 1)
    let prompts = prompt.map { [$0] } ?? []
    _ = read([prefix], behind: prompts, &cache)
    cache.share()
    return SharedPrefix(prompts: prompts, ids: prefix, cache: cache)
  }

  package func prefill(_ prompts: [[Int32]], after prefix: SharedPrefix?) -> (
    logits: Tensor, cache: DecoderCache
  ) {
    var cache = prefix?.cache ?? emptyCache(sequences: prompts.count)
    let isRead = prefix?.cache != nil
    if isRead { cache.select(prompts.map { _ in 0 }) }
    let texts = isRead ? prompts : prompts.map { (prefix?.ids ?? []) + $0 }
    let (states, starts) = read(texts, behind: isRead ? [] : prefix?.prompts ?? [], &cache)
    return (logits(states.gathering(starts.dropFirst().map { $0 - 1 })), cache)
  }

  package func step(_ tokens: [Int32], _ cache: inout DecoderCache) -> Tensor {
    logits(read(tokens.map { [$0] }, &cache).states)
  }

  /// The states of each sequence's new tokens, one sequence after another, and where these begin.
  ///
  /// - Parameter prompts: vectors that all sequences read first, or each its own.
  func read(
    _ texts: [[Int32]], behind prompts: [PromptRows] = [], _ cache: inout DecoderCache
  ) -> (states: Tensor, starts: [Int]) {
    let nothing = [Tensor(rows: 0, width: tokens.width)]
    let batch = RaggedRows(
      prompts.isEmpty ? nothing : prompts.map(\.input), before: texts, tokens)
    let lengths = zip(batch.starts, batch.starts.dropFirst()).map { $1 - $0 }
    precondition(lengths.allSatisfy { $0 > 0 }, "expected at least one token of each sequence")
    precondition(texts.count == cache.count, "expected \(cache.count) texts, found \(texts.count)")
    let longest = zip(cache.lengths, lengths).map(+).max() ?? 0
    precondition(
      maxPositions.map { longest <= $0 } ?? true,
      "expected at most \(maxPositions ?? 0) tokens, found \(longest)")
    let states = states(batch.rows, starts: batch.starts, &cache)
    cache.advance(lengths)
    return (states, batch.starts)
  }
}

extension DecoderCache {
  /// The place of every new token of a ragged batch in its own text.
  func places(starts: [Int]) -> [Int] {
    lengths.indices.flatMap { index in
      lengths[index]..<lengths[index] + starts[index + 1] - starts[index]
    }
  }
}
