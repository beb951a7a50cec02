/// A token that is found in a text before the model sees it.
struct AddedToken: Equatable, Sendable {
  var content: String
  var id: Int32
  /// Whether it frames or steers a text and is left out of decoded text.
  var isSpecial = false
  /// Whether it is looked for in the normalized text, spelled as normalization spells it.
  var isNormalized = false
  /// Whether it counts only where no word goes on before or after it.
  var isSingleWord = false
  /// Whether it takes the white space before or after it along.
  var takesSpaceBefore = false
  var takesSpaceAfter = false
}

/// Added tokens and where they stand in a text.
struct AddedTokens: Sendable {
  /// A stretch of text that is one added token, or none.
  struct Section: Equatable, Sendable {
    var token: AddedToken?
    var bytes: Range<Int>
  }

  private let tokens: [AddedToken]
  private let trie: ByteTrie?

  /// - Parameter spelling: what to look for, for each token that may be found.
  init(_ tokens: [AddedToken], spelling: (AddedToken) -> [UInt8]) {
    self.tokens = tokens
    let entries = tokens.enumerated().map { (key: spelling($1), value: Int32($0)) }
      .filter { !$0.key.isEmpty }
    trie = entries.isEmpty ? nil : ByteTrie(entries)
  }

  /// The text from end to end, cut at the tokens in it: from the left, the longest at each place.
  func sections(of text: [UInt8]) -> [Section] {
    guard let trie else { return text.isEmpty ? [] : [Section(bytes: text.indices)] }
    var sections: [Section] = []
    var end = 0
    var position = 0
    while position < text.count {
      guard let match = trie.longestMatch(in: text, from: position, to: text.count) else {
        position += 1
        continue
      }
      defer { position = match.end }
      let token = tokens[Int(match.value)]
      if token.isSingleWord, Self.isInWord(text, position..<match.end) { continue }
      let bytes = Self.withSpace(text, position..<match.end, token, after: end)
      if end < bytes.lowerBound { sections.append(Section(bytes: end..<bytes.lowerBound)) }
      sections.append(Section(token: token, bytes: bytes))
      end = bytes.upperBound
    }
    if end < text.count { sections.append(Section(bytes: end..<text.count)) }
    return sections
  }

  private static func isInWord(_ text: [UInt8], _ match: Range<Int>) -> Bool {
    match.lowerBound > 0 && ScalarClass.broadWord.contains(text.scalar(before: match.lowerBound))
      || match.upperBound < text.count
        && ScalarClass.broadWord.contains(text.scalar(at: match.upperBound))
  }

  private static func withSpace(
    _ text: [UInt8], _ match: Range<Int>, _ token: AddedToken, after limit: Int
  ) -> Range<Int> {
    var start = max(match.lowerBound, limit)
    var end = max(match.upperBound, start)
    while token.takesSpaceBefore, start > limit {
      let scalar = text.scalar(before: start)
      guard scalar.properties.isWhitespace else { break }
      start -= UTF8.width(scalar)
    }
    while token.takesSpaceAfter, end < text.count,
      text.scalar(at: end).properties.isWhitespace
    {
      end = text.scalarEnd(after: end)
    }
    return start..<end
  }
}
