/// A text that is being split into the parts that a model tokenizes one by one.
struct PreTokens: Sendable {
  private(set) var text: AlignedText
  /// In bytes of `text`, from left to right.
  private(set) var parts: [Range<Int>]
  private var scratch = Pattern.Scratch()

  init(_ text: AlignedText, _ part: Range<Int>) {
    self.text = text
    parts = [part]
  }

  /// Splits every part at the matches of a pattern.
  mutating func split(at pattern: Pattern, _ behavior: SplitBehavior, isInverted: Bool = false) {
    let utf8 = text.utf8
    split(behavior, isInverted: isInverted) { pattern.matches(in: utf8, $0, scratch: &$1) }
  }

  /// Splits every part at the scalars of a kind.
  mutating func split(at isDelimiter: (Unicode.Scalar) -> Bool, _ behavior: SplitBehavior) {
    let utf8 = text.utf8
    split(behavior, isInverted: false) { part, _ in
      var delimiters: [Range<Int>] = []
      var position = part.lowerBound
      while position < part.upperBound {
        let next = utf8.scalarEnd(after: position)
        if isDelimiter(utf8.scalar(at: position)) { delimiters.append(position..<next) }
        position = next
      }
      return delimiters
    }
  }

  private mutating func split(
    _ behavior: SplitBehavior, isInverted: Bool,
    _ delimiters: (Range<Int>, inout Pattern.Scratch) -> [Range<Int>]
  ) {
    var split: [Range<Int>] = []
    for part in parts {
      behavior.split(part, at: delimiters(part, &scratch), isInverted: isInverted, into: &split)
    }
    parts = split.filter { !$0.isEmpty }
  }

  /// Puts `prefix` before every part that does not begin with it and of which `condition` holds.
  mutating func prepend(
    _ prefix: [UInt8], where condition: (_ firstOrigin: Range<Int32>) -> Bool = { _ in true }
  ) {
    rewrite { text, part, result in
      let origin = text.origins[part.lowerBound]
      if !text.utf8[part].starts(with: prefix), condition(origin) {
        result.append(prefix, from: origin)
      }
      result.append(text, part)
    }
  }

  /// Makes a new text of what `append` makes of every part.
  mutating func rewrite(_ append: (AlignedText, Range<Int>, inout AlignedText) -> Void) {
    var result = AlignedText(capacity: text.count + parts.count)
    for index in parts.indices {
      let start = result.count
      append(text, parts[index], &result)
      parts[index] = start..<result.count
    }
    text = result
  }
}
