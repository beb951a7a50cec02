import Foundation
import Native

/// How text becomes terms; recorded in every index, so that queries go the same way.
package enum Analyzer: String, CaseIterable, Sendable {
  /// Words, possessive endings dropped, lower case, without stop words, Porter stems.
  case english
  /// Words in lower case.
  case standard
  /// Whatever stands between white space, unchanged (for text that is tokenized already).
  case whitespace
  /// Pairs of neighbouring Chinese, Japanese and Korean characters; other words in lower case,
  /// without English stop words. Full-width and half-width forms count as the usual ones.
  case cjk
  /// Words of a language in lower case, without its stop words, Snowball stems.
  case arabic, armenian, basque, catalan, danish, dutch, finnish, french, german, greek, hindi
  case hungarian, indonesian, irish, italian, lithuanian, nepali, norwegian, portuguese, romanian
  case russian, serbian, spanish, swedish, tamil, turkish, yiddish

  /// The terms of `text`, in order, with repetitions.
  package func terms(in text: String) -> [String] {
    var terms: [String] = []
    TermStream(self).forEachTerm(in: text) { terms.append($0) }
    return terms
  }
}

/// Cuts texts into terms, one after another, with scratch memory that lives as long as it does.
///
/// A word is what lies between two word boundaries of UAX #29 and holds a letter or a digit, cut
/// after 255 scalars: the rule of Lucene's StandardTokenizer (Hebrew quotation marks and emoji
/// sequences aside).
///
/// - Source: Lucene's EnglishAnalyzer and CJKAnalyzer for the order of the filters.
package final class TermStream {
  private static let longestWord = 255

  private let analyzer: Analyzer
  private let stemmer: Stemmer?
  private let stopWords: Set<String>
  private let elisions: Set<String>
  private let hasOwnCase: Bool
  private var word: [UInt8] = []
  /// The characters since the last that is not indexed by pairs.
  private var run: [Unicode.Scalar] = []
  private var scalars = 0
  /// Whether the word holds more than connectors.
  private var isWord = false
  private var last = WordClass.other
  private var middle: (scalar: Unicode.Scalar, kind: WordClass)?

  package init(_ analyzer: Analyzer) {
    self.analyzer = analyzer
    stemmer = analyzer.stemmer.map { Stemmer($0) }
    stopWords = StopWords.of(analyzer)
    elisions = analyzer.elisions
    hasOwnCase = analyzer == .turkish || analyzer == .greek
  }

  package func forEachTerm(in text: String, _ body: (String) throws -> Void) rethrows {
    if analyzer == .whitespace {
      for word in text.split(whereSeparator: \.isWhitespace) { try body(String(word)) }
      return
    }
    for scalar in normalized(text).unicodeScalars {
      if analyzer == .cjk && scalar.isOfBigrams {
        try finishWord(body)
        run.append(scalar)
        continue
      }
      // Marks and selectors belong to the character before them.
      if !run.isEmpty {
        if WordClass(scalar) == .extend { continue }
        try finishRun(body)
      }
      try consume(scalar, body)
    }
    try finishRun(body)
    try finishWord(body)
  }

  private func normalized(_ text: String) -> String {
    if analyzer.composes && !text.utf8.allSatisfy({ $0 < 0x80 }) {
      return text.precomposedStringWithCanonicalMapping
    }
    return analyzer == .cjk ? text.precomposedStringWithCompatibilityMapping : text
  }

  /// Every two neighbours of the run, or the one character that it is.
  private func finishRun(_ body: (String) throws -> Void) rethrows {
    defer { run.removeAll(keepingCapacity: true) }
    if run.count == 1 { try body(String(run[0])) }
    for (first, second) in zip(run, run.dropFirst()) {
      try body(String(String.UnicodeScalarView([first, second])))
    }
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
    if hasOwnCase, let special = analyzer.lowercase(scalar) {
      word.append(contentsOf: special.utf8)
    } else if scalar.isASCII {
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
    if analyzer == .english { dropPossessive() }
    if !elisions.isEmpty { dropElision() }
    let term = String(decoding: word, as: UTF8.self)
    if word.isEmpty || stopWords.contains(term) { return }
    // Porter's own program and Lucene leave words of one or two letters alone.
    guard let stemmer, analyzer != .english || word.count > 2 else { return try body(term) }
    stemmer.stem(&word)
    if !word.isEmpty { try body(String(decoding: word, as: UTF8.self)) }
  }

  /// Drops what stands before the first apostrophe where the language writes such words together.
  private func dropElision() {
    for apostrophe in ["'", "\u{2019}", "\u{FF07}"] {
      guard let range = word.firstRange(of: Array(apostrophe.utf8)) else { continue }
      if elisions.contains(String(decoding: word[..<range.lowerBound], as: UTF8.self)) {
        word.removeSubrange(..<range.upperBound)
      }
      return
    }
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
