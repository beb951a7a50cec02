/// What happens to the tokens of a text at last: `tokenizer.json`'s "post_processor".
struct PostProcessor: Sendable {
  /// The special tokens that a model expects before and after one text.
  var before: [Int32] = []
  var after: [Int32] = []
  /// Whether white space at a token's ends is left out of its offsets, and if so whether a space
  /// was put before the text.
  var trimming: Trimming?

  struct Trimming: Equatable, Sendable {
    var addsPrefixSpace: Bool
  }

  /// Offsets of a token without the white space that its spelling begins and ends with.
  func trimmed(_ offsets: Range<Int>, spelling: String, isFirst: Bool) -> Range<Int> {
    guard let trimming else { return offsets }
    let scalars = spelling.unicodeScalars
    var leading = scalars.prefix(while: Self.isSpace).count
    let trailing = scalars.reversed().prefix(while: Self.isSpace).count
    var (start, end) = (offsets.lowerBound, offsets.upperBound)
    // One space before the first token is the one that was added, which stands for nothing.
    if isFirst || start == 0, trimming.addsPrefixSpace, leading == 1 { leading = 0 }
    start = min(start + leading, end)
    if end >= trailing { end = max(end - trailing, start) }
    return start..<end
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\u{120}" || scalar.properties.isWhitespace
  }
}
