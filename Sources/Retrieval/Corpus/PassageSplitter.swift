/// Splits running text into passages of about `words` words that begin and end with sentences.
///
/// A passage is closed before the sentence that would bring its length further from `words`
/// than it is. Only a sentence of more than twice `words` is cut, into pieces of `words`.
struct PassageSplitter {
  private let words: Int
  private let overlap: Int
  private var sentences: [[Substring]] = []
  private var length = 0
  /// How many of `sentences` were part of the passage before.
  private var repeated = 0

  init(words: Int, overlap: Int) {
    self.words = words
    self.overlap = overlap
  }

  /// Adds a paragraph, whose end also ends a sentence.
  /// - Returns: the passages that are complete now.
  mutating func add(paragraph: String) -> [String] {
    var passages: [String] = []
    for sentence in SentenceSplitter.sentences(paragraph) {
      for piece in pieces(sentence) {
        let before = abs(length - words)
        if sentences.count > repeated, before <= abs(length + piece.count - words) {
          passages.append(close())
        }
        sentences.append(piece)
        length += piece.count
      }
    }
    return passages
  }

  /// Ends the text: what comes next repeats nothing of it.
  /// - Returns: the last passage, if anything is left.
  mutating func finish() -> [String] {
    let rest = sentences.count > repeated ? [close()] : []
    sentences = []
    length = 0
    repeated = 0
    return rest
  }

  private func pieces(_ sentence: [Substring]) -> [[Substring]] {
    if sentence.count <= 2 * words { return [sentence] }
    return stride(from: 0, to: sentence.count, by: words).map {
      Array(sentence[$0..<min($0 + words, sentence.count)])
    }
  }

  private mutating func close() -> String {
    let passage = sentences.map { $0.joined(separator: " ") }.joined(separator: " ")
    // Whole sentences from the end until the overlap is reached, but never the whole passage.
    var first = sentences.count
    length = 0
    while length < overlap, first > 1 {
      first -= 1
      length += sentences[first].count
    }
    sentences.removeFirst(first)
    repeated = sentences.count
    return passage
  }
}
