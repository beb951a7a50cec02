/// A text on its way through normalization: its bytes as they are now, and for each byte the
/// scalars of the original text that it stands for.
struct AlignedText: Sendable {
  private(set) var utf8: [UInt8] = []
  /// One per byte, in Unicode scalars of the original text.
  private(set) var origins: [Range<Int32>] = []

  init() {}

  init(capacity: Int) {
    utf8.reserveCapacity(capacity)
    origins.reserveCapacity(capacity)
  }

  /// A part of the original text, as it stands there; `firstScalar` is the place of its beginning.
  init(original text: [UInt8], _ range: Range<Int>, firstScalar: Int) {
    self.init(capacity: range.count)
    utf8.append(contentsOf: text[range])
    var scalar = Int32(firstScalar) - 1
    for position in range {
      if text[position] & 0xC0 != 0x80 { scalar += 1 }
      origins.append(scalar..<scalar + 1)
    }
  }

  var count: Int { utf8.count }
  var isEmpty: Bool { utf8.isEmpty }
  var range: Range<Int> { 0..<utf8.count }

  /// Where bytes of this text stand in the original one.
  func origin(of bytes: Range<Int>) -> Range<Int> {
    Int(origins[bytes.lowerBound].lowerBound)..<Int(origins[bytes.upperBound - 1].upperBound)
  }

  mutating func append(_ byte: UInt8, from origin: Range<Int32>) {
    utf8.append(byte)
    origins.append(origin)
  }

  mutating func append(_ bytes: some Sequence<UInt8>, from origin: Range<Int32>) {
    for byte in bytes { append(byte, from: origin) }
  }

  mutating func append(_ scalar: Unicode.Scalar, from origin: Range<Int32>) {
    if scalar.isASCII {
      append(UInt8(truncatingIfNeeded: scalar.value), from: origin)
    } else {
      append(scalar.utf8, from: origin)
    }
  }

  mutating func append(_ text: AlignedText, _ bytes: Range<Int>) {
    utf8.append(contentsOf: text.utf8[bytes])
    origins.append(contentsOf: text.origins[bytes])
  }

  /// A text made scalar by scalar: `transform` appends what becomes of each.
  func mappingScalars(
    _ transform: (inout AlignedText, Unicode.Scalar, Range<Int32>) -> Void
  ) -> AlignedText {
    var result = AlignedText(capacity: count)
    var position = 0
    while position < count {
      transform(&result, utf8.scalar(at: position), origins[position])
      position = utf8.scalarEnd(after: position)
    }
    return result
  }

  /// The text with `content` in the place of every match, aligned with the match's end.
  func replacing(_ matches: [Range<Int>], with content: [UInt8]) -> AlignedText {
    guard !matches.isEmpty else { return self }
    var result = AlignedText(capacity: count)
    var end = 0
    for match in matches where !match.isEmpty {
      result.append(self, end..<match.lowerBound)
      result.append(content, from: origins[match.upperBound - 1])
      end = match.upperBound
    }
    result.append(self, end..<count)
    return result
  }
}
