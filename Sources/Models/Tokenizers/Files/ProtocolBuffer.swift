/// Reads the fields of a Protocol Buffers message, one after the other.
///
/// - Source: the wire format of protobuf.dev, "Encoding".
struct ProtocolBuffer {
  enum Value {
    case number(UInt64)
    /// Eight or four bytes, little-endian.
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes(Range<Int>)
  }

  /// A message that ends too early or has a field of an unknown type.
  struct Malformed: Error, Equatable {
    /// Bytes from the beginning of the file.
    let offset: Int
  }

  let bytes: [UInt8]
  private var position: Int
  private let end: Int

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field's number and value, or nil at the end.
  mutating func next() throws(Malformed) -> (field: Int, value: Value)? {
    guard position < end else { return nil }
    let key = try number()
    guard key >> 3 > 0, key >> 3 < 1 << 29 else { throw Malformed(offset: position) }
    let field = Int(key >> 3)
    switch key & 7 {
    case 0: return (field, .number(try number()))
    case 1: return (field, .fixed64(try fixed(8)))
    case 2:
      let count = try number()
      guard count <= UInt64(end - position) else { throw Malformed(offset: position) }
      defer { position += Int(count) }
      return (field, .bytes(position..<position + Int(count)))
    case 5: return (field, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw Malformed(offset: position)
    }
  }

  /// A number in groups of seven bits, the lowest first.
  private mutating func number() throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < end else { throw Malformed(offset: position) }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Malformed(offset: position)
  }

  private mutating func fixed(_ count: Int) throws(Malformed) -> UInt64 {
    guard count <= end - position else { throw Malformed(offset: position) }
    defer { position += count }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }
}
