import Foundation
import Native

/// A matrix of vectors in NumPy's `.npy` format: float32 or float16, little-endian, in C order.
///
///     "\x93NUMPY" · version (major, minor) · length of the header, u16 or from version 2 on u32 ·
///     header · rows
///
/// The header is a Python dictionary: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
/// - Source: numpy.lib.format.
package struct NumPyMatrix: Sendable {
  package let path: String
  package let count: Int
  package let dimension: Int
  private let format: StoredFloat
  private let offset: Int
  private let file: MappedFile

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// - Throws: `InputError` when the file holds something else, `FileError` when it cannot be read.
  package init(path: String) throws {
    self.path = path
    file = try MappedFile(path: path)
    let start = file.copyBytes(0..<min(file.count, 12))
    guard start.count == 12, start.starts(with: Self.magic), (1...3).contains(start[6]) else {
      throw InputError(
        file: path, expected: "a matrix in the .npy format", found: InputError.quoted(start))
    }
    let long = start[6] > 1
    let length = (8..<(long ? 12 : 10)).reversed().reduce(0) { $0 << 8 | Int(start[$1]) }
    offset = (long ? 12 : 10) + length
    guard offset <= file.count else {
      throw InputError(
        file: path, expected: "a header of \(length) bytes", found: "\(file.count) bytes in all")
    }
    let header = String(
      decoding: file.copyBytes((offset - length)..<offset), as: UTF8.self)
    (format, count, dimension) = try Self.parse(header, path: path)
    let bytes = count.multipliedReportingOverflow(by: dimension * format.width)
    guard !bytes.overflow, file.count - offset == bytes.partialValue else {
      throw InputError(
        file: path, expected: "\(count) × \(dimension) numbers of \(format.width) bytes",
        found: "\(file.count - offset) bytes", hint: "the file was cut off")
    }
    file.advise(.sequential)
  }

  private static func parse(
    _ header: String, path: String
  ) throws -> (StoredFloat, count: Int, dimension: Int) {
    func wrong(_ expected: String) -> InputError {
      InputError(file: path, expected: expected, found: InputError.quoted(header))
    }
    func value(_ key: String, _ pattern: String) -> Substring? {
      guard
        let found = header.range(
          of: "'\(key)':\\s*" + pattern, options: .regularExpression)
      else { return nil }
      return header[found].drop { $0 != ":" }.dropFirst()
    }
    let formats: [String: StoredFloat] = ["'<f4'": .float32, "'<f2'": .float16]
    guard let descr = value("descr", "'[^']*'").flatMap({ formats[$0.filter { $0 != " " }] }) else {
      throw wrong("numbers in float32 or float16 ('<f4' or '<f2')")
    }
    guard value("fortran_order", "False") != nil else { throw wrong("rows in C order") }
    let shape = value("shape", "\\([0-9, ]*\\)")?.split { !$0.isNumber }.map { Int($0) }
    guard let shape, shape.count == 2, let count = shape[0], let dimension = shape[1],
      (1...1 << 20).contains(dimension), count > 0
    else { throw wrong("a matrix with a row for each passage") }
    return (descr, count, dimension)
  }

  /// SHA-256 of the whole file, in hexadecimal digits.
  package func checksum() -> String {
    var hash = SHA256()
    hash.update(file.bytes)
    return hash.finished()
  }

  /// - Throws: `InputError` when there are more rows or fewer.
  func require(rows: Int) throws {
    guard rows == count else {
      throw InputError(
        file: path, expected: "\(rows) rows, one for each passage of the corpus",
        found: "\(count)")
    }
  }

  /// The vectors of some rows, `[rows, dimension]`.
  ///
  /// - Throws: `InputError` when one holds what is no number, or is infinite.
  /// - Requires: rows of the matrix.
  package func rows(_ rows: Range<Int>) throws -> [Float] {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= count,
      "expected rows below \(count), found \(rows)")
    let vectors = file.copyFloats(
      format, at: offset + rows.lowerBound * dimension * format.width,
      count: rows.count * dimension)
    // The sum of squares is finite only when every number is, or overflows; then each is looked at.
    if !Kernels.dot(vectors.span, vectors.span).isFinite,
      let place = vectors.firstIndex(where: { !$0.isFinite })
    {
      throw InputError(
        file: path, expected: "finite numbers",
        found: "\(vectors[place]) in row \(rows.lowerBound + place / dimension)",
        hint: "rows count from zero")
    }
    return vectors
  }
}

extension NumPyMatrix {
  /// Writes a float32 matrix, whole or not at all.
  ///
  /// - Parameter rows: gives the vectors of some rows; asked in order, a few at a time.
  package static func write(
    path: String, count: Int, dimension: Int, rows: (Range<Int>) throws -> [Float]
  ) throws {
    try replaceFile(at: path) { file in
      try file.write(header(count: count, dimension: dimension))
      for first in stride(from: 0, to: count, by: 1024) {
        try file.write(rows(first..<min(first + 1024, count)))
      }
    }
  }

  /// Version 1.0, padded so that the numbers begin at a multiple of 64 bytes.
  private static func header(count: Int, dimension: Int) -> [UInt8] {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(count), \(dimension)), }"
    let spaces = 63 - (magic.count + 4 + text.utf8.count) % 64
    let padded = Array((text + String(repeating: " ", count: spaces) + "\n").utf8)
    return magic + [1, 0] + UInt16(padded.count).littleEndianBytes + padded
  }
}
