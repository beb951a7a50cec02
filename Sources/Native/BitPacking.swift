/// Small integers in as few bits each as the largest of them needs.
///
/// Value `i` occupies bits `i · width` up to `(i + 1) · width` of a little-endian bit stream.
package enum BitPacking {
  /// Bytes that a reader may load past the end of the last packed value.
  package static let padding = 8

  /// Bits that `value` needs; 0 for 0.
  package static func width(of value: UInt32) -> Int {
    UInt32.bitWidth - value.leadingZeroBitCount
  }

  package static func byteCount(_ count: Int, width: Int) -> Int {
    (count * width + 7) / 8
  }

  /// Appends `values` in `width` bits each, filled up to a whole byte.
  ///
  /// - Requires: every value fits into `width` bits.
  package static func pack(_ values: [UInt32], width: Int, to bytes: inout [UInt8]) {
    var offset = bytes.count
    let end = offset + byteCount(values.count, width: width)
    // A store may write past the last value.
    bytes.append(contentsOf: repeatElement(0, count: end - offset + 4))
    bytes.withUnsafeMutableBytes { bytes in
      var pending: UInt64 = 0
      var bits = 0
      for value in values {
        precondition(Self.width(of: value) <= width, "expected \(width) bits, found \(value)")
        pending |= UInt64(value) << UInt64(bits)
        bits += width
        if bits >= 32 {
          bytes.storeBytes(
            of: UInt32(truncatingIfNeeded: pending).littleEndian, toByteOffset: offset,
            as: UInt32.self)
          offset += 4
          pending >>= 32
          bits -= 32
        }
      }
      bytes.storeBytes(
        of: UInt32(truncatingIfNeeded: pending).littleEndian, toByteOffset: offset,
        as: UInt32.self)
    }
    bytes.removeLast(bytes.count - end)
  }

  /// Reads `count` values of `width` bits each, from byte `offset` on, into the first elements of
  /// `values`.
  ///
  /// - Requires: `width` at most 32, and `padding` bytes behind the packed ones.
  package static func unpack(
    _ bytes: RawSpan, at offset: Int, width: Int, count: Int, into values: inout [UInt32]
  ) {
    precondition((0...32).contains(width), "expected a width of 0 to 32 bits, found \(width)")
    let end = offset + byteCount(count, width: width) + padding
    precondition(
      offset >= 0 && end <= bytes.byteCount,
      "expected \(end) bytes, found \(bytes.byteCount)")
    let mask = (UInt64(1) << UInt64(width)) &- 1
    var position = offset &* 8
    for index in 0..<count {
      // At most 7 bits before the value and 32 of it: one load of 64 bits holds it whole.
      let word = unsafe bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: position >> 3, as: UInt64.self)
      let value = (UInt64(littleEndian: word) >> UInt64(position & 7)) & mask
      values[index] = UInt32(truncatingIfNeeded: value)
      position &+= width
    }
  }
}

extension RawSpan {
  /// The little-endian number at byte `offset`.
  package func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as: T.Type) -> T {
    precondition(
      offset >= 0 && offset <= byteCount - MemoryLayout<T>.size,
      "expected \(MemoryLayout<T>.size) bytes from \(offset), found \(byteCount) in all")
    return T(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }
}

extension FixedWidthInteger {
  /// The number's bytes, lowest first.
  package var littleEndianBytes: [UInt8] {
    (0..<(Self.bitWidth / 8)).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
  }
}
