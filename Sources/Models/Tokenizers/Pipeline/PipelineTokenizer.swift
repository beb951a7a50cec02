/// A tokenizer put together of the parts that a `tokenizer.json` names.
///
/// A text is cut at added tokens, normalized, cut at added tokens that are spelled as normalization
/// spells them, split into words, and tokenized word by word; then special tokens are put around it.
package struct PipelineTokenizer: Tokenizer {
  /// The parts, as they are read from files.
  struct Parts: Sendable {
    var normalizer: Normalizer?
    var preTokenizer: PreTokenizer?
    var model: TokenModel
    var postProcessor = PostProcessor()
    var decoder: TokenDecoder?
    var addedTokens: [AddedToken] = []
  }

  package let kind: TokenizerKind
  private let parts: Parts
  private let rawTokens: AddedTokens
  private let normalizedTokens: AddedTokens
  private let addedByID: [Int32: AddedToken]
  private let addedVocabulary: TokenVocabulary
  /// What normalized added tokens are decoded from, where normalization changes them.
  private let normalizedSpellings: [Int32: [UInt8]]
  private let specialSpellings: Set<[UInt8]>

  init(kind: TokenizerKind, _ parts: Parts) {
    self.kind = kind
    self.parts = parts
    let added = parts.addedTokens
    var spellings: [Int32: [UInt8]] = [:]
    for token in added where token.isNormalized {
      let content = Array(token.content.utf8)
      var text = AlignedText(original: content, content.indices, firstScalar: 0)
      parts.normalizer?.normalize(&text)
      spellings[token.id] = text.utf8
    }
    normalizedSpellings = spellings
    rawTokens = AddedTokens(added.filter { !$0.isNormalized }) { Array($0.content.utf8) }
    normalizedTokens = AddedTokens(added.filter(\.isNormalized)) { spellings[$0.id] ?? [] }
    addedByID = Dictionary(added.map { ($0.id, $0) }) { $1 }
    addedVocabulary = TokenVocabulary(added.map { ($0.content, $0.id) })
    specialSpellings = Set(added.filter(\.isSpecial).map { Array($0.content.utf8) })
  }

  package var frame: (before: [Int32], after: [Int32]) {
    (parts.postProcessor.before, parts.postProcessor.after)
  }

  package var vocabularySize: Int { max(parts.model.vocabulary.size, addedVocabulary.size) }

  package func token(_ id: Int32) -> String? {
    addedByID[id]?.content ?? parts.model.vocabulary.token(id)
  }

  package func id(of token: String) -> Int32? {
    addedVocabulary.id(of: token) ?? parts.model.vocabulary.id(of: token)
  }

  package func isSpecial(_ id: Int32) -> Bool { addedByID[id]?.isSpecial ?? false }

  package func encode(_ text: String, addingSpecialTokens: Bool) -> Encoding {
    let utf8 = Array(text.utf8)
    var run = Run()
    var scalar = 0
    for section in rawTokens.sections(of: utf8) {
      let original = AlignedText(original: utf8, section.bytes, firstScalar: scalar)
      scalar = original.isEmpty ? scalar : original.origin(of: original.range).upperBound
      if let token = section.token {
        append(token, original, original.range, to: &run)
      } else {
        encode(original, into: &run)
      }
    }
    guard addingSpecialTokens else { return run.encoding }
    return run.encoding.framed(by: frame.before, frame.after)
  }

  /// What grows and what is used again while one text is encoded.
  private struct Run {
    var encoding = Encoding()
    var word: Int32 = 0
    var tokens: [ModelToken] = []
    var scratch = TokenModel.Scratch()
  }

  /// Encodes text that has no raw added tokens in it.
  private func encode(_ original: AlignedText, into run: inout Run) {
    var text = original
    parts.normalizer?.normalize(&text)
    for section in normalizedTokens.sections(of: text.utf8) {
      if let token = section.token {
        append(token, text, section.bytes, to: &run)
        continue
      }
      var tokens = PreTokens(text, section.bytes)
      parts.preTokenizer?.apply(to: &tokens)
      encode(tokens, into: &run)
    }
  }

  private func encode(_ words: PreTokens, into run: inout Run) {
    let text = words.text
    for part in words.parts {
      run.tokens.removeAll(keepingCapacity: true)
      parts.model.tokenize(text.utf8, part, into: &run.tokens, &run.scratch)
      for token in run.tokens {
        var offsets = text.origin(of: token.bytes)
        if parts.postProcessor.trimming != nil {
          offsets = parts.postProcessor.trimmed(
            offsets, spelling: parts.model.vocabulary.token(token.id) ?? "",
            isFirst: run.encoding.ids.isEmpty)
        }
        run.encoding.append(token.id, at: offsets, word: run.word)
      }
      run.word += 1
    }
  }

  private func append(
    _ token: AddedToken, _ text: AlignedText, _ bytes: Range<Int>, to run: inout Run
  ) {
    let offsets = parts.postProcessor.trimmed(
      bytes.isEmpty ? 0..<0 : text.origin(of: bytes),
      spelling: String(decoding: text.utf8[bytes], as: UTF8.self),
      isFirst: run.encoding.ids.isEmpty)
    run.encoding.append(token.id, at: offsets, word: run.word)
    run.word += 1
  }

  package func decode(_ ids: [Int32], skippingSpecialTokens: Bool) -> String {
    var tokens: [[UInt8]] = []
    for id in ids {
      guard let token = normalizedSpellings[id] ?? token(id).map({ Array($0.utf8) }) else {
        continue
      }
      if skippingSpecialTokens, specialSpellings.contains(token) { continue }
      tokens.append(token)
    }
    guard let decoder = parts.decoder else {
      return String(decoding: Array(tokens.joined(separator: " ".utf8)), as: UTF8.self)
    }
    decoder.apply(to: &tokens)
    return String(decoding: tokens.flatMap(\.self), as: UTF8.self)
  }
}
