import Native
import Testing

struct BitPackingTests {
  @Test(arguments: [0, 1, 3, 7, 8, 13, 31, 32])
  func unpackingReversesPacking(width: Int) {
    var random = SeededRandom(seed: UInt64(width))
    let largest = width == 0 ? 0 : UInt32.max >> UInt32(32 - width)
    for count in [0, 1, 127, 128] {
      let values = (0..<count).map { _ in UInt32.random(in: 0...largest, using: &random) }
      var bytes: [UInt8] = [42]
      BitPacking.pack(values, width: width, to: &bytes)
      #expect(bytes.count == 1 + BitPacking.byteCount(count, width: width))
      bytes += [UInt8](repeating: 0xFF, count: BitPacking.padding)
      var read = [UInt32](repeating: 7, count: count)
      BitPacking.unpack(bytes.span.bytes, at: 1, width: width, count: count, into: &read)
      #expect(read == values)
    }
  }

  @Test func widthIsThatOfTheLargestBit() {
    let widths = [UInt32(0), 1, 2, 255, 256, .max].map(BitPacking.width(of:))
    #expect(widths == [0, 1, 2, 8, 9, 32])
  }

  @Test func integersAreLittleEndian() {
    let bytes = UInt32(0x0102_0304).littleEndianBytes
    #expect(bytes == [4, 3, 2, 1])
    let read = bytes.span.bytes.integer(at: 0, as: UInt32.self)
    #expect(read == 0x0102_0304)
  }
}
