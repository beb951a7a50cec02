import Native
import Tensors

/// A frozen decoder: what it reads and what it writes are one text.
///
/// A network states how it makes states of tokens and logits of states; prompts, shared prefixes and
/// steps are the same for all.
package protocol DecoderNetwork: GenerativeNetwork {
  /// A cache of that many sequences without tokens.
  func emptyCache(sequences: Int) -> DecoderCache

  /// The last layer's states of new tokens, whose keys and values are added to the cache.
  ///
  /// - Parameter starts: each sequence's first token in `ids`, and their number as the last element.
  /// - Returns: `[tokens, width]`.
  func states(_ ids: [Int32], starts: [Int], _ cache: inout DecoderCache) -> Tensor

  /// `[tokens, vocabulary]`.
  func logits(_ states: Tensor) -> Tensor
}

extension DecoderNetwork {
  package func share(_ prefix: [Int32]) -> SharedPrefix {
    if prefix.isEmpty { return SharedPrefix(ids: [], cache: nil) }
    var cache = emptyCache(sequences: 1)
    _ = read([prefix], &cache)
    cache.share()
    return SharedPrefix(ids: prefix, cache: cache)
  }

  package func prefill(_ prompts: [[Int32]], after prefix: SharedPrefix?) -> (
    logits: Tensor, cache: DecoderCache
  ) {
    var cache = prefix?.cache ?? emptyCache(sequences: prompts.count)
    if prefix?.cache != nil { cache.select(prompts.map { _ in 0 }) }
    let states = read(prompts, &cache)
    let ends = prompts.indices.map { index in prompts[...index].reduce(0) { $0 + $1.count } }
    let last = ends.flatMap { states.rows($0 - 1..<$0).values }
    return (logits(Tensor(rows: ends.count, width: states.width, values: last)), cache)
  }

  package func step(_ tokens: [Int32], _ cache: inout DecoderCache) -> Tensor {
    logits(read(tokens.map { [$0] }, &cache))
  }

  /// The states of each sequence's new tokens, one sequence after another.
  package func read(_ texts: [[Int32]], _ cache: inout DecoderCache) -> Tensor {
    precondition(texts.allSatisfy { !$0.isEmpty }, "expected at least one token of each sequence")
    precondition(texts.count == cache.count, "expected \(cache.count) texts, found \(texts.count)")
    let lengths = texts.map(\.count)
    let longest = zip(cache.lengths, lengths).map(+).max() ?? 0
    precondition(
      maxPositions.map { longest <= $0 } ?? true,
      "expected at most \(maxPositions ?? 0) tokens, found \(longest)")
    let starts = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let states = states(texts.flatMap { $0 }, starts: starts, &cache)
    cache.advance(lengths)
    return states
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
