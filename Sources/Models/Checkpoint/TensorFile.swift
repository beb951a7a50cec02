import Native

/// Where and how a file holds a tensor.
package struct StoredTensor: Equatable, Sendable {
  /// The format of its numbers by safetensors' name: "F32", "F16", "BF16", "I64" and so on.
  let format: String
  let shape: [Int]
  /// Bytes from the beginning of the file.
  let range: Range<Int>
  /// Steps from neighbour to neighbour along each axis, in numbers; nil where they are row-major
  /// without gaps.
  var strides: [Int]? = nil

  /// Bytes per number; formats of other widths are refused.
  static let widths: [String: Int] = [
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2,
    "U16": 2, "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
  ]

  fileprivate static let floats: [String: StoredFloat] = [
    "F32": .float32, "F16": .float16, "BF16": .bfloat16,
  ]
}

/// A file of named tensors, mapped into memory, its table of contents checked when it was opened.
package protocol TensorFile: Sendable {
  var path: String { get }
  var file: MappedFile { get }
  var tensors: [String: StoredTensor] { get }
}

extension TensorFile {
  /// All tensors, in alphabetical order.
  package var names: [String] { tensors.keys.sorted() }

  package func contains(_ name: String) -> Bool { tensors[name] != nil }

  package func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  /// The stored format of a tensor: "F32", "F16", "BF16", "I64" and so on.
  package func format(of name: String) -> String? { tensors[name]?.format }

  /// A copy of a tensor's numbers, row-major, converted from float16 or bfloat16 where needed.
  /// - Throws: `CheckpointError` when there is no such tensor or it does not hold floats.
  package func floats(_ name: String) throws -> [Float] {
    let tensor = try tensor(name)
    guard let format = StoredTensor.floats[tensor.format] else {
      throw CheckpointError(
        file: path, tensor: name, expected: "F32, F16 or BF16", found: tensor.format)
    }
    let numbers = file.copyFloats(
      format, at: tensor.range.lowerBound, count: tensor.range.count / format.width)
    guard let strides = tensor.strides else { return numbers }
    var places = [0]
    for (size, stride) in zip(tensor.shape, strides) {
      places = places.flatMap { place in (0..<size).map { place + $0 * stride } }
    }
    return places.map { numbers[$0] }
  }

  /// A tensor's numbers where they lie when they are aligned float32, converted otherwise.
  /// - Throws: `CheckpointError` when there is no such tensor or it does not hold floats.
  package func table(_ name: String) throws -> FloatTable {
    let tensor = try tensor(name)
    let start = tensor.range.lowerBound
    guard tensor.format == "F32", start % 4 == 0, tensor.strides == nil else {
      return FloatTable(try floats(name))
    }
    return FloatTable(file: file, offset: start, count: tensor.range.count / 4)
  }

  /// A tensor's numbers as they are stored, where that is row-major.
  /// - Throws: `CheckpointError` when there is no such tensor or it does not hold floats.
  package func stored(_ name: String) throws -> StoredTable {
    let tensor = try tensor(name)
    guard tensor.strides == nil, let format = StoredTensor.floats[tensor.format] else {
      return StoredTable(try table(name))
    }
    return StoredTable(
      format, file: file, offset: tensor.range.lowerBound,
      count: tensor.range.count / format.width)
  }

  private func tensor(_ name: String) throws(CheckpointError) -> StoredTensor {
    guard let tensor = tensors[name] else {
      throw CheckpointError(
        file: path, tensor: name, expected: "that tensor", found: "\(tensors.count) others")
    }
    return tensor
  }
}
