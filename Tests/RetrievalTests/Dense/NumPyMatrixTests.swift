import Foundation
import Native
import Testing

@testable import Retrieval

struct NumPyMatrixTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "npy-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func write(_ bytes: [UInt8]) throws -> String {
    let path = path("\(UUID().uuidString).npy")
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  /// A file as NumPy lays it out, by version and with any header.
  private static func file(
    _ header: String, _ numbers: [UInt8], version: UInt8 = 1
  ) -> [UInt8] {
    let text = Array((header + "\n").utf8)
    let length =
      version == 1 ? UInt16(text.count).littleEndianBytes : UInt32(text.count).littleEndianBytes
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + numbers
  }

  private static func header(
    _ descr: String = "<f4", order: String = "False", shape: String = "(2, 3)"
  ) -> String {
    "{'descr': '\(descr)', 'fortran_order': \(order), 'shape': \(shape), }"
  }

  private static let numbers: [Float] = [1, -2.5, 3, 0, 65504, -0.125]
  private static let bytes = numbers.flatMap { $0.bitPattern.littleEndianBytes }
  private static let halves = numbers.flatMap { Float16($0).bitPattern.littleEndianBytes }

  /// What `numpy.save` writes of such a matrix, byte for byte (NumPy 2.4).
  @Test func theHeaderIsNumPys() throws {
    try NumPyMatrix.write(path: path("a.npy"), count: 2, dimension: 3) { rows in
      Array(Self.numbers[rows.lowerBound * 3..<rows.upperBound * 3])
    }
    let written = try [UInt8](Data(contentsOf: URL(filePath: path("a.npy"))))
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    let padded = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    #expect(written.prefix(10) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
    #expect(String(decoding: written[10..<128], as: UTF8.self) == padded)
    #expect(Array(written[128...]) == Self.bytes)
  }

  @Test(arguments: [1, 63, 64, 1025])
  func whatIsWrittenIsReadBack(count: Int) throws {
    let all = (0..<count * 5).map { Float($0) / 7 }
    try NumPyMatrix.write(path: path("a.npy"), count: count, dimension: 5) { rows in
      Array(all[rows.lowerBound * 5..<rows.upperBound * 5])
    }
    let matrix = try NumPyMatrix(path: path("a.npy"))
    #expect(matrix.count == count && matrix.dimension == 5)
    #expect(try matrix.rows(0..<count) == all)
    #expect(try matrix.rows(count - 1..<count) == Array(all.suffix(5)))
  }

  @Test(arguments: [
    file(header(), bytes), file(header(), bytes, version: 2), file(header(), bytes, version: 3),
    file(header("<f2"), halves), file("{'shape':(2,3),'fortran_order':False,'descr':'<f4'}", bytes),
  ])
  func everyVersionAndBothWidthsAreRead(file: [UInt8]) throws {
    let matrix = try NumPyMatrix(path: write(file))
    #expect(try matrix.rows(0..<2) == Self.numbers)
  }

  @Test(arguments: [
    ([], "format"), (Array("a table of numbers".utf8), "format"),
    (Array(file(header(), []).prefix(40)), "header"),
    (file(header(), Array(bytes.dropLast())), "2 × 3 numbers"),
    (file(header(), bytes + [0]), "2 × 3 numbers"),
    (file(header("<f8"), bytes), "float32"), (file(header(">f4"), bytes), "float32"),
    (file(header("<i4"), bytes), "float32"), (file(header(order: "True"), bytes), "C order"),
    (file(header(shape: "(6,)"), bytes), "a row for each passage"),
    (file(header(shape: "(1, 2, 3)"), bytes), "a row for each passage"),
    (file(header(shape: "(0, 3)"), []), "a row for each passage"),
    (file(header(shape: "(99999999999999999999, 3)"), bytes), "a row for each passage"),
    (file(header(shape: "(9223372036854775807, 3)"), bytes), "numbers of 4 bytes"),
  ])
  func otherFilesAreRefusedWithWhatWasExpected(file: [UInt8], expected: String) throws {
    let path = try write(file)
    let error = try #require(throws: InputError.self) { try NumPyMatrix(path: path) }
    #expect(error.file == path && error.expected.contains(expected), "\(error)")
  }

  @Test(arguments: [Float.nan, .infinity])
  func aRowThatHoldsNoNumberIsNamed(value: Float) throws {
    var numbers = Self.numbers
    numbers[4] = value
    let matrix = try NumPyMatrix(
      path: write(Self.file(Self.header(), numbers.flatMap { $0.bitPattern.littleEndianBytes })))
    #expect(try matrix.rows(0..<1) == Array(numbers.prefix(3)))
    let error = try #require(throws: InputError.self) { try matrix.rows(0..<2) }
    #expect(error.found.hasSuffix("in row 1"))
  }
}
