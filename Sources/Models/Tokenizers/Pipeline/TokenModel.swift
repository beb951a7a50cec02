/// A token of a part of a normalized text, before it is aligned with the original.
struct ModelToken: Equatable, Sendable {
  var id: Int32
  /// In bytes of the normalized text.
  var bytes: Range<Int>
}

/// What turns parts of a text into tokens: `tokenizer.json`'s "model".
enum TokenModel: Sendable {
  case bytePairs(BytePairModel)
  case unigram(UnigramModel)
  case wordPiece(WordPieceModel)
  case wordLevel(WordLevelModel)

  /// Memory that one text after the other uses.
  struct Scratch {
    fileprivate var bytePairs = BytePairModel.Scratch()
    fileprivate var unigram = UnigramModel.Scratch()
    fileprivate var hashes: [UInt64] = []
    init() {}
  }

  var vocabulary: TokenVocabulary {
    switch self {
    case .bytePairs(let model): model.vocabulary
    case .unigram(let model): model.vocabulary
    case .wordPiece(let model): model.vocabulary
    case .wordLevel(let model): model.vocabulary
    }
  }

  /// Appends the tokens of one part.
  func tokenize(
    _ text: [UInt8], _ part: Range<Int>, into tokens: inout [ModelToken], _ scratch: inout Scratch
  ) {
    switch self {
    case .bytePairs(let model): model.tokenize(text, part, into: &tokens, &scratch.bytePairs)
    case .unigram(let model): model.tokenize(text, part, into: &tokens, &scratch.unigram)
    case .wordPiece(let model): model.tokenize(text, part, into: &tokens, &scratch.hashes)
    case .wordLevel(let model): model.tokenize(text, part, into: &tokens)
    }
  }
}

/// Whole words or nothing.
struct WordLevelModel: Sendable {
  let vocabulary: TokenVocabulary
  /// What stands for an unknown word; without it such a word has no token.
  let unknownID: Int32?

  func tokenize(_ text: [UInt8], _ part: Range<Int>, into tokens: inout [ModelToken]) {
    guard let id = vocabulary.id(of: text, part) ?? unknownID else { return }
    tokens.append(ModelToken(id: id, bytes: part))
  }
}

/// WordPiece behind any pipeline; BERT's own runs faster in `WordPieceTokenizer`.
struct WordPieceModel: Sendable {
  let vocabulary: TokenVocabulary
  let pieces: WordPieceVocabulary
  let unknownID: Int32
  /// Scalars; a longer word is unknown.
  let longestWord: Int

  func tokenize(
    _ text: [UInt8], _ part: Range<Int>, into tokens: inout [ModelToken], _ hashes: inout [UInt64]
  ) {
    let word = Array(text[part])
    let first = tokens.count
    var start = 0
    let scalarCount = word.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    while scalarCount <= longestWord, start < word.count,
      let match = pieces.longestMatch(in: word, from: start, hashes: &hashes)
    {
      tokens.append(
        ModelToken(
          id: match.id, bytes: part.lowerBound + start..<part.lowerBound + match.end))
      start = match.end
    }
    if start < word.count {
      tokens.removeSubrange(first...)
      tokens.append(ModelToken(id: unknownID, bytes: part))
    }
  }
}
