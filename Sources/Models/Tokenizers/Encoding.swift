/// The tokens of one text, without special tokens around them; three arrays of one length.
package struct Encoding: Equatable, Sendable {
  /// The vocabulary index of each token.
  package var ids: [Int32] = []
  /// Where each token stands in the original text, in Unicode scalars.
  package var offsets: [Range<Int>] = []
  /// Which pre-tokenized word each token is a piece of, counted from zero.
  package var words: [Int32] = []

  package init() {}

  package var count: Int { ids.count }

  mutating func append(_ id: Int32, at offset: Range<Int>, word: Int32) {
    ids.append(id)
    offsets.append(offset)
    words.append(word)
  }

  mutating func removeLast(_ count: Int) {
    ids.removeLast(count)
    offsets.removeLast(count)
    words.removeLast(count)
  }
}
