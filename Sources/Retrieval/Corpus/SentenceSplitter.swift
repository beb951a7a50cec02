/// Finds where sentences end.
package enum SentenceSplitter {
  /// The sentences of a paragraph, each as its words; runs of white space separate words.
  ///
  /// A sentence ends with a word in `.`, `!`, `?` or `…` (closing quotes and brackets may follow)
  /// unless that is an abbreviation or initial, or the next word begins in lower case. Chinese
  /// and Japanese full stops end one without white space.
  package static func sentences(_ paragraph: String) -> [[Substring]] {
    var sentences: [[Substring]] = []
    var current: [Substring] = []
    let words = words(paragraph)
    for (index, word) in words.enumerated() {
      current.append(word)
      if index + 1 < words.count, !endsSentence(word, before: words[index + 1]) { continue }
      sentences.append(current)
      current = []
    }
    return sentences
  }

  private static func words(_ paragraph: String) -> [Substring] {
    var words: [Substring] = []
    for scalars in paragraph.unicodeScalars.split(whereSeparator: isSpace) {
      let word = Substring(scalars)
      // The first byte of all three full stops in UTF-8: most words need no closer look.
      let mayStop = word.utf8.contains { $0 == 0xE3 || $0 == 0xEF }
      if mayStop { words += splitAtFullStops(word) } else { words.append(word) }
    }
    return words
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar.value <= 0x20 : scalar.properties.isWhitespace
  }

  private static let ends: Set<Character> = [".", "!", "?", "…"]
  private static let fullStops: Set<Character> = ["。", "！", "？"]
  private static let closers: Set<Character> = ["\"", "'", "”", "’", "»", ")", "]", "*", "_"]
  private static let abbreviations: Set = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "rev", "hon", "gen", "col", "capt", "lt",
    "sgt", "gov", "sen", "rep", "pres", "vs", "etc", "e.g", "i.e", "cf", "al", "ca", "approx",
    "no", "nos", "vol", "fig", "figs", "pp", "ed", "eds", "inc", "ltd", "co", "corp", "mt", "ft",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
  ]

  private static func endsSentence(_ word: Substring, before next: Substring) -> Bool {
    if let last = word.utf8.last, UInt8(ascii: "a")...UInt8(ascii: "z") ~= last { return false }
    var core = word
    while let last = core.last, closers.contains(last) { core.removeLast() }
    guard let last = core.last else { return false }
    if fullStops.contains(last) { return true }
    guard ends.contains(last), next.first?.isLowercase != true else { return false }
    return last != "." || !isAbbreviation(core.dropLast())
  }

  /// Known abbreviations, initials (`J.`) and letters with points between (`U.S.`).
  private static func isAbbreviation(_ word: Substring) -> Bool {
    let name = word.drop { !$0.isLetter && !$0.isNumber }
    if abbreviations.contains(name.lowercased()) { return true }
    let parts = name.split(separator: ".")
    return !parts.isEmpty && parts.allSatisfy { $0.count == 1 && $0.first?.isUppercase == true }
  }

  private static func splitAtFullStops(_ word: Substring) -> [Substring] {
    var parts: [Substring] = []
    var rest = word
    while let stop = rest.firstIndex(where: fullStops.contains) {
      var end = rest.index(after: stop)
      while end < rest.endIndex, fullStops.contains(rest[end]) || closers.contains(rest[end]) {
        end = rest.index(after: end)
      }
      parts.append(rest[..<end])
      rest = rest[end...]
    }
    return rest.isEmpty ? parts : parts + [rest]
  }
}
