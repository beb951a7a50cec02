/// Token sequences of any lengths, one after another: no pad token exists, so none is computed.
package struct RaggedBatch: Sendable {
  /// Vocabulary indices and segment ids, `[tokens]`.
  package private(set) var ids: [Int32] = []
  package private(set) var segments: [Int32] = []
  /// First token of each sequence, and the number of tokens as the last element.
  package private(set) var starts = [0]

  package init() {}

  /// One sequence of the first segment.
  init(_ ids: [Int32]) { append(ids: ids, segments: ids.map { _ in 0 }) }

  /// - Requires: as many segment ids as ids, and at least one.
  package mutating func append(ids: [Int32], segments: [Int32]) {
    precondition(
      ids.count == segments.count && !ids.isEmpty,
      "expected \(ids.count) segment ids and at least one, found \(segments.count)")
    self.ids += ids
    self.segments += segments
    starts.append(self.ids.count)
  }

  /// `[CLS] first [SEP]`.
  package mutating func append(_ text: [Int32], tokenizer: WordPieceTokenizer) {
    append(text, frame: TextFrame(before: [tokenizer.clsID], after: [tokenizer.sepID]))
  }

  /// A text or a pair of them, with the tokens that belong around them.
  mutating func append(_ first: [Int32], _ second: [Int32]? = nil, frame: TextFrame) {
    var ids = frame.before + first
    var segments = [Int32](repeating: 0, count: ids.count)
    if let second {
      let rest = second + frame.after
      ids += frame.between + rest
      segments += [Int32](repeating: 0, count: frame.between.count)
      segments += [Int32](repeating: frame.secondSegment, count: rest.count)
    } else {
      ids += frame.after
      segments += [Int32](repeating: 0, count: frame.after.count)
    }
    append(ids: ids, segments: segments)
  }

  /// Sequences.
  package var count: Int { starts.count - 1 }
  package var tokens: Int { ids.count }
  /// Tokens of the longest sequence.
  var longest: Int { zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0 }

  /// The tokens of sequence `index`.
  package func range(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }
}
