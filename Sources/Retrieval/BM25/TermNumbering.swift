import Native

/// Turns texts into numbers of terms on one thread. What an analyzer makes of a word is kept, so
/// that words that come again cost a look at a table.
///
/// Texts are cut at white space, which ends every word for every analyzer; what lies between is
/// looked up as it stands, without the punctuation around it.
package struct TermNumbering {
  /// Longer pieces, mostly text without spaces, hardly ever come again.
  private static let longestWord = 48

  private let stream: TermStream
  private let keepsEverything: Bool
  private let budget: Int
  private var words = ByteStringTable()
  /// For each word where its terms end in `found`.
  private var ends: [Int] = []
  private var found: [UInt32] = []
  /// The terms by their numbers here.
  package private(set) var terms = ByteStringTable()

  /// - Parameter budget: bytes for the words that are kept.
  package init(_ analyzer: Analyzer, budget: Int) {
    stream = TermStream(analyzer)
    keepsEverything = analyzer == .whitespace
    self.budget = budget
  }

  /// Appends the number of every term of `text`, in order.
  package mutating func append(_ text: String, to numbers: inout [UInt32]) {
    let bytes = text.utf8.span
    var start = 0
    for end in bytes.indices where isSpace(bytes, end) {
      append(bytes.extracting(start..<end), to: &numbers)
      start = end + 1
    }
    append(bytes.extracting(start..<bytes.count), to: &numbers)
  }

  /// Forgets everything, and with it all numbers.
  mutating func reset() {
    forgetWords()
    terms.removeAll()
  }

  private func isSpace(_ bytes: Span<UInt8>, _ index: Int) -> Bool {
    let byte = bytes[index]
    guard byte == 0x20 || byte == 0x0A || byte == 0x09 else { return false }
    // Characters of several scalars, which one analyzer cuts at, may reach over a space.
    return !keepsEverything
      || (index == 0 || bytes[index - 1] < 0x80)
        && (index + 1 == bytes.count || bytes[index + 1] < 0x80)
  }

  private mutating func append(_ piece: Span<UInt8>, to numbers: inout [UInt32]) {
    let range = keepsEverything ? 0..<piece.count : wordRange(piece)
    guard !range.isEmpty else { return }
    let word = piece.extracting(range)
    guard word.count <= Self.longestWord else {
      numbers += analyze(word)
      return
    }
    let (number, isNew) = words.insert(word)
    if isNew {
      let terms = analyze(word)
      found += terms
      ends.append(found.count)
    }
    let first = number == 0 ? 0 : ends[number - 1]
    for index in first..<ends[number] { numbers.append(found[index]) }
    if isNew && words.size > budget { forgetWords() }
  }

  private mutating func forgetWords() {
    words.removeAll()
    ends.removeAll(keepingCapacity: true)
    found.removeAll(keepingCapacity: true)
  }

  /// A piece without the ASCII at its ends that belongs to no word.
  private func wordRange(_ piece: Span<UInt8>) -> Range<Int> {
    var (start, end) = (0, piece.count)
    while start < end, !Self.isOfWords[Int(piece[start])] { start += 1 }
    while end > start, !Self.isOfWords[Int(piece[end - 1])] { end -= 1 }
    return start..<end
  }

  private static let isOfWords: [Bool] = (0...255).map { byte in
    byte >= 0x80 || WordClass(Unicode.Scalar(UInt8(byte))).startsWord
  }

  private mutating func analyze(_ word: Span<UInt8>) -> [UInt32] {
    let text = String(decoding: word.indices.map { word[$0] }, as: UTF8.self)
    var numbers: [UInt32] = []
    stream.forEachTerm(in: text) { term in
      numbers.append(UInt32(terms.insert(term.utf8.span).number))
    }
    return numbers
  }
}
