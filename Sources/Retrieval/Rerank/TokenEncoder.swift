import Models
import Native
import Tensors

/// A text's token vectors, each of length one, without [CLS] and [SEP].
package struct TokenVectors: Sendable {
  /// One `[tokens, width]` per depth.
  let states: [Tensor]
  /// Which of the tokens are the title's.
  let title: Range<Int>
}

/// Frozen token vectors after several of a network's layers.
package struct TokenEncoder: Sendable {
  /// On 8-bit integers: the vectors only order passages, and most of re-ranking's time goes here.
  package let network: BERT
  package let tokenizer: WordPieceTokenizer
  /// Layers after which vectors are taken, ascending: a third, two thirds and all of them.
  package let depths: [Int]

  package init(network: BERT, tokenizer: WordPieceTokenizer) {
    self.network = network.quantized
    self.tokenizer = tokenizer
    let layers = network.layers.count
    depths = [layers / 3, 2 * layers / 3, layers]
  }

  /// Tokens of a text at most, [CLS] and [SEP] included.
  private var longest: Int { network.configuration.maxPositions }

  /// The vectors of some passages, `title text` each, in one batch on the calling thread.
  ///
  /// What is too long for the network is cut.
  func encode(_ passages: [Passage]) -> [TokenVectors] {
    let titles = passages.map { tokenizer.encode($0.title).ids }
    let tokens = zip(titles, passages).map { title, passage in
      Array((title + tokenizer.encode(passage.text).ids).prefix(longest - 2))
    }
    return vectors(tokens, titles: titles.map(\.count))
  }

  /// A question's tokens.
  func tokens(of question: String) -> Encoding {
    var encoding = tokenizer.encode(question)
    let excess = encoding.count - (longest - 2)
    if excess > 0 {
      encoding.ids.removeLast(excess)
      encoding.offsets.removeLast(excess)
      encoding.words.removeLast(excess)
    }
    return encoding
  }

  /// The vectors of token sequences, in one batch on the calling thread.
  func vectors(_ tokens: [[Int32]], titles: [Int]) -> [TokenVectors] {
    var batch = RaggedBatch()
    for ids in tokens { batch.append(ids, tokenizer: tokenizer) }
    let states = network.states(batch, after: depths)
    return tokens.indices.map { index in
      let range = batch.range(index).dropFirst().dropLast()
      return TokenVectors(
        states: states.map { $0.rows(range).normalizedRows() },
        title: 0..<min(titles[index], range.count))
    }
  }
}

/// A question as late interaction sees it.
struct QuestionVectors: Sendable {
  let states: [Tensor]
  /// What each token weighs: its word's idf, shared among the word's pieces; nothing for
  /// punctuation, stop words and question words.
  let weights: [Float]

  /// The weights of the tokens in `encoding`; all 1 where no word has weight.
  static func weights(
    _ question: String, _ encoding: Encoding, terms: QuestionTerms, _ analyzer: Analyzer
  ) -> [Float] {
    let scalars = Array(question.unicodeScalars)
    let pieces = Dictionary(encoding.words.map { ($0, 1 as Float) }, uniquingKeysWith: +)
    var weights = [Float](repeating: 0, count: encoding.count)
    for (index, word) in encoding.words.enumerated() {
      var text = String.UnicodeScalarView()
      for (other, range) in zip(encoding.words, encoding.offsets) where other == word {
        text.append(contentsOf: scalars[range])
      }
      let known = analyzer.terms(in: String(text)).compactMap { terms.numbers[$0] }
      let idf = known.map { terms.weights[Int($0)] }.max() ?? 0
      weights[index] = idf / pieces[word]!
    }
    return weights.contains { $0 > 0 } ? weights : weights.map { _ in 1 }
  }
}
