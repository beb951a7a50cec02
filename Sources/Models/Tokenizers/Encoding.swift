/// The tokens of one text; three arrays of one length.
///
/// A special token that was put around the text stands at `0..<0` and belongs to no word.
package struct Encoding: Equatable, Sendable {
  /// The vocabulary index of each token.
  package var ids: [Int32] = []
  /// Where each token stands in the original text, in Unicode scalars.
  package var offsets: [Range<Int>] = []
  /// Which pre-tokenized word each token is a piece of, counted from zero; -1 for none.
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

  /// The same tokens with special tokens before and after them.
  func framed(by before: [Int32], _ after: [Int32]) -> Encoding {
    var framed = Encoding()
    for id in before { framed.append(id, at: 0..<0, word: -1) }
    framed.ids += ids
    framed.offsets += offsets
    framed.words += words
    for id in after { framed.append(id, at: 0..<0, word: -1) }
    return framed
  }
}
