/// Takes little-endian numbers and texts from the front of some bytes; nil where they end.
struct ByteReader {
  let bytes: [UInt8]
  /// Bytes taken.
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= bytes.count - position else { return nil }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// An unsigned number of `width` bytes; nil also when no `Int` holds it.
  mutating func integer(_ width: Int) -> Int? {
    guard let bytes = take(width) else { return nil }
    return Int(exactly: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// A text of `count` bytes; nil also when they are not UTF-8.
  mutating func text(_ count: Int) -> String? {
    take(count).flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// A text that ends before the next line feed, which is taken too.
  mutating func line() -> String? {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    defer { _ = take(1) }
    return text(end - position)
  }
}
