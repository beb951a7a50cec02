import Native
import Tensors

/// What a decoder remembers of a batch: keys and values of every layer and sequence.
///
/// A value beside the frozen network. Copying or repeating a sequence copies no memory until one of
/// the copies grows, and never what is shared.
package struct DecoderCache: Sendable {
  /// Tokens that each sequence has behind it, which is the place of its next one.
  package private(set) var lengths: [Int]
  /// What each sequence adds its own tokens to, `[layer][sequence]`.
  package var own: [[PackedKeyValues]]
  /// Finished pieces that precede a sequence's own, oldest first, `[layer][sequence][piece]`.
  package private(set) var shared: [[[PackedKeyValues]]]
  /// The source's keys and values for cross-attention, `[layer][sequence]`; no layer without one.
  package private(set) var source: [[PackedKeyValues]]
  private let empty: PackedKeyValues

  /// - Parameters:
  ///   - capacity: tokens to make room for in each sequence at once.
  ///   - places: those that a learned prefix takes in each sequence.
  package init(
    layers: Int, keyHeads: Int, headWidth: Int, sequences: Int, capacity: Int = 0, places: Int = 0,
    source: [[PackedKeyValues]] = []
  ) {
    empty = PackedKeyValues(heads: keyHeads, headWidth: headWidth)
    lengths = Array(repeating: places, count: sequences)
    shared = Array(repeating: Array(repeating: [], count: sequences), count: layers)
    own = (0..<layers).map { _ in
      (0..<sequences).map { _ in
        PackedKeyValues(heads: keyHeads, headWidth: headWidth, capacity: capacity)
      }
    }
    self.source = source
  }

  /// Sequences.
  package var count: Int { lengths.count }

  /// Bytes of all keys and values, with the room that is made for more.
  package var bytes: Int {
    (own + source + shared.map { $0.flatMap { $0 } }).joined().reduce(0) { $0 + $1.bytes }
  }

  /// Notes that every layer has taken these numbers of tokens.
  package mutating func advance(_ tokens: [Int]) {
    precondition(tokens.count == count, "expected \(count) numbers, found \(tokens.count)")
    for index in tokens.indices { lengths[index] += tokens[index] }
  }

  /// Keeps these sequences, in this order; one may be named several times, as beams need.
  package mutating func select(_ sequences: [Int]) {
    if sequences == Array(lengths.indices) { return }
    lengths = sequences.map { lengths[$0] }
    for layer in own.indices {
      own[layer] = sequences.map { own[layer][$0] }
      shared[layer] = sequences.map { shared[layer][$0] }
    }
    for layer in source.indices { source[layer] = sequences.map { source[layer][$0] } }
  }

  /// Makes what there is shared: whoever goes on from it adds a piece of its own.
  package mutating func share() {
    for layer in own.indices {
      for index in own[layer].indices where own[layer][index].count > 0 {
        shared[layer][index].append(own[layer][index])
        own[layer][index] = empty
      }
    }
  }
}
