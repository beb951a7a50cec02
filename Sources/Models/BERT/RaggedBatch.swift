/// Token sequences of any lengths, one after another: no pad token exists, so none is computed.
package struct RaggedBatch: Sendable {
  /// Vocabulary indices and segment ids, `[tokens]`.
  package private(set) var ids: [Int32] = []
  package private(set) var segments: [Int32] = []
  /// First token of each sequence, and the number of tokens as the last element.
  package private(set) var starts = [0]

  package init() {}

  /// - Requires: as many segment ids as ids, and at least one.
  package mutating func append(ids: [Int32], segments: [Int32]) {
    precondition(
      ids.count == segments.count && !ids.isEmpty,
      "expected \(ids.count) segment ids and at least one, found \(segments.count)")
    self.ids += ids
    self.segments += segments
    starts.append(self.ids.count)
  }

  /// `[CLS] first [SEP]` or `[CLS] first [SEP] second [SEP]`, the second part in segment 1.
  package mutating func append(
    _ first: [Int32], _ second: [Int32]? = nil, tokenizer: WordPieceTokenizer
  ) {
    var ids = [tokenizer.clsID] + first + [tokenizer.sepID]
    var segments = [Int32](repeating: 0, count: ids.count)
    if let second {
      ids += second + [tokenizer.sepID]
      segments += [Int32](repeating: 1, count: second.count + 1)
    }
    append(ids: ids, segments: segments)
  }

  /// Sequences.
  package var count: Int { starts.count - 1 }
  package var tokens: Int { ids.count }

  /// The tokens of sequence `index`.
  package func range(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }
}
