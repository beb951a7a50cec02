/// Reading scalars out of bytes that are known to be well-formed UTF-8.
extension [UInt8] {
  /// The scalar that begins at `position`.
  func scalar(at position: Int) -> Unicode.Scalar {
    let first = self[position]
    if first < 0x80 { return Unicode.Scalar(first) }
    let end = scalarEnd(after: position)
    var value = UInt32(first) & (0x7F >> UInt32(end - position))
    for place in position + 1..<end { value = value << 6 | UInt32(self[place] & 0x3F) }
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }

  /// Where the scalar that begins at `position` ends.
  func scalarEnd(after position: Int) -> Int {
    let first = self[position]
    return position + (first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4)
  }

  /// The scalar that ends before `position`.
  func scalar(before position: Int) -> Unicode.Scalar {
    var start = position - 1
    while self[start] & 0xC0 == 0x80 { start -= 1 }
    return scalar(at: start)
  }

  mutating func append(_ scalar: Unicode.Scalar) {
    if scalar.isASCII {
      append(UInt8(truncatingIfNeeded: scalar.value))
    } else {
      append(contentsOf: scalar.utf8)
    }
  }

  /// The grapheme clusters, from left to right. ASCII, which joins nothing but CR with LF, does not
  /// go through `String`.
  func forEachCluster(_ body: (Range<Int>) -> Void) {
    var start = 0
    while start < count {
      var end = start + 1
      while end < count, !isPlainBoundary(end) { end += 1 }
      if end - start == 1 {
        body(start..<end)
      } else {
        for cluster in String(decoding: self[start..<end], as: UTF8.self) {
          body(start..<start + cluster.utf8.count)
          start += cluster.utf8.count
        }
      }
      start = end
    }
  }

  private func isPlainBoundary(_ position: Int) -> Bool {
    let (before, after) = (self[position - 1], self[position])
    return before < 0x80 && after < 0x80
      && !(before == UInt8(ascii: "\r") && after == UInt8(ascii: "\n"))
  }
}
