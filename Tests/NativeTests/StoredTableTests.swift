import Foundation
import Testing

@testable import Native

struct StoredTableTests {
  /// 5 rows, then 70, then 1 of 6 numbers, the second in bfloat16, at an odd byte of a file.
  private static func tables() throws -> (stored: [StoredTable], floats: [Float]) {
    var random = SeededRandom(seed: 5)
    func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in .random(in: -1...1, using: &random) }
    }
    let (first, last) = (floats(30), floats(6))
    let bits = floats(420).map { UInt16($0.bitPattern >> 16) }
    let url = FileManager.default.temporaryDirectory.appending(path: "stored-\(UUID())")
    let bytes: [UInt8] = [7] + bits.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let file = try MappedFile(path: url.path)
    let middle = StoredTable(.bfloat16, file: file, offset: 1, count: bits.count)
    return (
      [StoredTable(FloatTable(first)), middle, StoredTable(FloatTable(last))],
      first + bits.map { Float(bitPattern: UInt32($0) << 16) } + last
    )
  }

  @Test func numbersAreThoseStored() throws {
    let (stored, floats) = try Self.tables()
    #expect(stored.flatMap { $0.copy() } == floats)
    #expect(stored[1].withFloats(3..<5) { $0[1] } == floats[34])
    #expect(stored.allSatisfy { $0.firstNotFinite == nil })
    let holed = StoredTable(FloatTable(Array(repeating: 1, count: 70_000) + [.nan]))
    #expect(holed.firstNotFinite?.index == 70_000)
  }

  /// Panels begin and end inside the tables.
  @Test func productsAreThoseOfOneMatrix() throws {
    let (stored, floats) = try Self.tables()
    let view = MatrixView(floats.span, rows: 76, columns: 6)
    let matrix = StoredMatrix(stored, columns: 6)
    let x: [Float] = [1, -2, 3, -4, 5, -6]
    let packed = PackedMatrix(view).multiply(x, rows: 1, bias: nil, over: .callingOne)
    #expect(PackedMatrix(matrix).multiply(x, rows: 1, bias: nil, over: .callingOne) == packed)
    let quantized = QuantizedMatrix(view).multiply(x, rows: 1, bias: nil, over: .callingOne)
    #expect(
      QuantizedMatrix(matrix).multiply(x, rows: 1, bias: nil, over: .callingOne) == quantized)
  }
}
