/// BERT's tokenizer: normalized words, each split greedily into the longest known pieces.
///
/// A word that has no complete split, or more than `longestWord` scalars, is one unknown token.
/// Special tokens written out in a text ("[SEP]") are found in it before anything else.
/// - Source: Devlin et al. 2019, arXiv:1810.04805; equal to HuggingFace `tokenizers` in ids and
///   offsets.
package struct WordPieceTokenizer: Tokenizer {
  package let clsID: Int32
  package let sepID: Int32
  package let padID: Int32
  package let unkID: Int32
  package let maskID: Int32?

  private let vocabulary: WordPieceVocabulary
  private let addedTokens: [AddedToken]
  private let beginsAddedToken: [Bool]
  private let longestWord: Int
  private let normalizer: BERTNormalizer
  /// What the scalars below `tableSize` become; the rest is worked out as it comes.
  private let table: [BERTNormalizer.FoldedScalar]
  private static let tableSize = 0x250

  /// A token that is matched in the raw text, before it is normalized.
  private struct AddedToken: Sendable {
    let utf8: [UInt8]
    let scalarCount: Int
    let id: Int32
  }

  /// - Parameters:
  ///   - tokens: the vocabulary, in order of ids.
  ///   - addedTokens: those of them that are also found in raw text.
  ///   - special: the spelling of the classifier, separator, padding, unknown and mask tokens.
  /// - Throws: the spelling of a special token that is not in the vocabulary.
  init(
    tokens: [String], addedTokens: [String], special: SpecialTokens = SpecialTokens(),
    longestWord: Int = 100, normalizer: BERTNormalizer = BERTNormalizer()
  ) throws(SpecialTokens.Missing) {
    let vocabulary = WordPieceVocabulary(tokens: tokens)
    func id(_ token: String) throws(SpecialTokens.Missing) -> Int32 {
      guard let id = vocabulary.id(of: token) else { throw SpecialTokens.Missing(token: token) }
      return id
    }
    clsID = try id(special.cls)
    sepID = try id(special.sep)
    padID = try id(special.pad)
    unkID = try id(special.unk)
    maskID = vocabulary.id(of: special.mask)
    var added: [AddedToken] = []
    for token in addedTokens where !token.isEmpty {
      added.append(
        AddedToken(
          utf8: Array(token.utf8), scalarCount: token.unicodeScalars.count, id: try id(token)))
    }
    // The longest first: where two match at one place, the reference takes the longer.
    self.addedTokens = added.sorted { $0.utf8.count > $1.utf8.count }
    var begins = [Bool](repeating: false, count: 256)
    for token in added { begins[Int(token.utf8[0])] = true }
    self.beginsAddedToken = begins
    self.vocabulary = vocabulary
    self.longestWord = longestWord
    self.normalizer = normalizer
    self.table = (0..<UInt32(Self.tableSize)).compactMap(Unicode.Scalar.init).map(normalizer.fold)
  }

  /// How many ids there are.
  package var vocabularySize: Int { vocabulary.tokens.count }

  package var kind: TokenizerKind { .wordPiece }

  package var frame: (before: [Int32], after: [Int32]) { ([clsID], [sepID]) }

  /// The spelling of an id; a piece inside a word begins with "##".
  package func token(_ id: Int32) -> String? {
    vocabulary.tokens.indices.contains(Int(id)) ? vocabulary.tokens[Int(id)] : nil
  }

  package func isSpecial(_ id: Int32) -> Bool { addedTokens.contains { $0.id == id } }

  /// The id of a token, "##" included where it has one.
  package func id(of token: String) -> Int32? { vocabulary.id(of: token) }

  /// The tokens of a text, without [CLS] and [SEP] around them.
  package func encode(_ text: String) -> Encoding {
    let text = text.utf8.span
    var word = Word()
    var encoding = Encoding()
    var position = 0
    var scalarIndex = 0
    while position < text.count {
      let byte = text[position]
      if beginsAddedToken[Int(byte)], let added = addedToken(in: text, at: position) {
        split(&word, into: &encoding)
        let end = scalarIndex + added.scalarCount
        encoding.append(added.id, at: scalarIndex..<end, word: word.takeIndex())
        position += added.utf8.count
        scalarIndex = end
        continue
      }
      let scalar = byte < 0x80 ? UInt32(byte) : Self.decodeScalar(text, at: position)
      position += Self.utf8Width(byte)
      let folded = fold(scalar)
      if folded.role == .space || folded.role == .isolated { split(&word, into: &encoding) }
      word.append(folded.utf8, from: scalarIndex)
      if folded.role == .isolated { split(&word, into: &encoding) }
      scalarIndex += 1
    }
    split(&word, into: &encoding)
    return encoding
  }

  /// The tokens of a text, framed by [CLS] and [SEP] where asked for.
  package func encode(_ text: String, addingSpecialTokens: Bool) -> Encoding {
    let encoding = encode(text)
    return addingSpecialTokens ? encoding.framed(by: [clsID], [sepID]) : encoding
  }

  /// The text of some tokens, as the reference writes it: pieces joined, and no space before
  /// closing punctuation and contractions.
  package func decode(_ ids: [Int32], skippingSpecialTokens: Bool = true) -> String {
    var text = ""
    for id in ids where !(skippingSpecialTokens && isSpecial(id)) {
      guard let token = token(id) else { continue }
      if text.isEmpty {
        text = token
      } else if WordPieceVocabulary.isInside(token) {
        text.unicodeScalars += token.unicodeScalars.dropFirst(2)
      } else {
        text += Self.closesUp.contains(token) ? token : " " + token
      }
    }
    return text
  }

  private static let closesUp: Set<String> = [
    ".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re",
  ]

  /// Splits the word read so far into pieces, and begins the next one.
  private func split(_ word: inout Word, into encoding: inout Encoding) {
    guard !word.utf8.isEmpty else { return }
    let index = word.takeIndex()
    let first = encoding.count
    var end = word.utf8.count > longestWord && word.scalarCount > longestWord ? nil : 0
    while let start = end, start < word.utf8.count {
      let match = vocabulary.longestMatch(in: word.utf8, from: start, hashes: &word.hashes)
      if let match { encoding.append(match.id, at: word.offset(start..<match.end), word: index) }
      end = match?.end
    }
    if end == nil {
      encoding.removeLast(encoding.count - first)
      encoding.append(unkID, at: word.offset(0..<word.utf8.count), word: index)
    }
    word.clear()
  }

  private func fold(_ scalar: UInt32) -> BERTNormalizer.FoldedScalar {
    if scalar < Self.tableSize { return table[Int(scalar)] }
    return Unicode.Scalar(scalar).map(normalizer.fold) ?? .init(role: .removed)
  }

  private func addedToken(in text: Span<UInt8>, at position: Int) -> AddedToken? {
    addedTokens.first { token in
      token.utf8.count <= text.count - position
        && token.utf8.indices.allSatisfy { token.utf8[$0] == text[position + $0] }
    }
  }

  private static func utf8Width(_ first: UInt8) -> Int {
    first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
  }

  /// - Requires: well-formed UTF-8, which a `String` always is.
  private static func decodeScalar(_ text: Span<UInt8>, at position: Int) -> UInt32 {
    let width = utf8Width(text[position])
    var scalar = UInt32(text[position]) & (0xFF >> UInt32(width + 1))
    for offset in 1..<width { scalar = scalar << 6 | UInt32(text[position + offset] & 0x3F) }
    return scalar
  }
}

/// The word being read: its normalized bytes, and the scalar that each of them came from.
private struct Word {
  var utf8: [UInt8] = []
  var hashes: [UInt64] = []
  private var origins: [Int32] = []
  private var index: Int32 = 0

  var scalarCount: Int { utf8.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 } }

  mutating func append(_ bytes: [UInt8], from scalar: Int) {
    for byte in bytes {
      utf8.append(byte)
      origins.append(Int32(scalar))
    }
  }

  mutating func clear() {
    utf8.removeAll(keepingCapacity: true)
    origins.removeAll(keepingCapacity: true)
  }

  /// The number of this word in its text; the next one gets the next.
  mutating func takeIndex() -> Int32 {
    defer { index += 1 }
    return index
  }

  /// Where bytes of the word stand in the original text, in Unicode scalars.
  func offset(_ bytes: Range<Int>) -> Range<Int> {
    Int(origins[bytes.lowerBound])..<Int(origins[bytes.upperBound - 1]) + 1
  }
}

/// The spelling of the tokens that frame a text.
struct SpecialTokens: Sendable {
  var cls = "[CLS]"
  var sep = "[SEP]"
  var pad = "[PAD]"
  var unk = "[UNK]"
  var mask = "[MASK]"

  struct Missing: Error { let token: String }
}
