import Native

/// How text becomes terms; recorded in every index, so that queries go the same way.
package enum Analyzer: String, CaseIterable, Sendable {
  /// Words, possessive endings dropped, lower case, without stop words, Porter stems.
  case english
  /// Words in lower case.
  case standard
  /// Whatever stands between white space, unchanged (for text that is tokenized already).
  case whitespace

  /// The terms of `text`, in order, with repetitions.
  package func terms(in text: String) -> [String] {
    var terms: [String] = []
    TermStream(self).forEachTerm(in: text) { terms.append($0) }
    return terms
  }

  /// Lucene's 33 English stop words.
  static let stopWords: Set<String> = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it",
    "no", "not", "of", "on", "or", "such", "that", "the", "their", "then", "there", "these",
    "they", "this", "to", "was", "will", "with",
  ]
}

/// Cuts texts into terms, one after another, with scratch memory that lives as long as it does.
///
/// A word is what lies between two word boundaries of UAX #29 and holds a letter or a digit, cut
/// after 255 scalars: the rule of Lucene's StandardTokenizer (Hebrew quotation marks and emoji
/// sequences aside).
///
/// - Source: Lucene's EnglishAnalyzer for the order of the filters.
package final class TermStream {
  private static let longestWord = 255

  private let analyzer: Analyzer
  private let stemmer = Stemmer(.porter)
  private var word: [UInt8] = []
  private var scalars = 0
  /// Whether the word holds more than connectors.
  private var isWord = false
  private var last = WordClass.other
  private var middle: (scalar: Unicode.Scalar, kind: WordClass)?

  package init(_ analyzer: Analyzer) {
    self.analyzer = analyzer
  }

  package func forEachTerm(in text: String, _ body: (String) throws -> Void) rethrows {
    if analyzer == .whitespace {
      for word in text.split(whereSeparator: \.isWhitespace) { try body(String(word)) }
      return
    }
    for scalar in text.unicodeScalars { try consume(scalar, body) }
    try finishWord(body)
  }

  private func consume(_ scalar: Unicode.Scalar, _ body: (String) throws -> Void) rethrows {
    let kind = WordClass(scalar)
    if kind == .extend {
      if !word.isEmpty && middle == nil { append(scalar) }
      return
    }
    if let held = middle {
      middle = nil
      if last.joins(over: held.kind, kind) && scalars + 2 <= Self.longestWord {
        append(held.scalar)
        append(scalar)
        last = kind
        return
      }
      try finishWord(body)
    } else if !word.isEmpty {
      if last.joins(kind) && scalars < Self.longestWord {
        append(scalar)
        isWord = isWord || kind != .connector
        last = kind
        return
      }
      if last.joins(over: kind, last) {
        middle = (scalar, kind)
        return
      }
      try finishWord(body)
    }
    if kind.startsWord {
      append(scalar)
      isWord = kind != .connector
      last = kind
    }
  }

  /// Adds a scalar in lower case.
  private func append(_ scalar: Unicode.Scalar) {
    scalars += 1
    if scalar.isASCII {
      let byte = UInt8(truncatingIfNeeded: scalar.value)
      let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      word.append(isUpper ? byte | 0x20 : byte)
    } else {
      word.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
    }
  }

  private func finishWord(_ body: (String) throws -> Void) rethrows {
    defer {
      word.removeAll(keepingCapacity: true)
      scalars = 0
      middle = nil
      isWord = false
    }
    guard isWord else { return }
    guard analyzer == .english else { return try body(String(decoding: word, as: UTF8.self)) }
    dropPossessive()
    let term = String(decoding: word, as: UTF8.self)
    if word.isEmpty || Analyzer.stopWords.contains(term) { return }
    // Porter's own program and Lucene leave words of one or two letters alone.
    guard word.count > 2 else { return try body(term) }
    stemmer.stem(&word)
    try body(String(decoding: word, as: UTF8.self))
  }

  /// Drops a final 's, with the typewriter's, the printer's or the full-width apostrophe.
  private func dropPossessive() {
    guard word.last == UInt8(ascii: "s") else { return }
    for apostrophe in ["'", "\u{2019}", "\u{FF07}"] {
      let ending = apostrophe.utf8
      if word.dropLast().suffix(ending.count).elementsEqual(ending) {
        word.removeLast(ending.count + 1)
        return
      }
    }
  }
}
