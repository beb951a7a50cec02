import Native

/// A tensor by name, as a checkpoint stores it: row-major.
package struct NamedTensor: Equatable, Sendable {
  package let name: String
  package let shape: [Int]
  package let values: [Float]

  /// - Requires: as many values as the shape says.
  package init(name: String, shape: [Int], values: [Float]) {
    let count = shape.reduce(1, *)
    precondition(
      values.count == count, "\(name): expected \(count) values, found \(values.count)")
    self.name = name
    self.shape = shape
    self.values = values
  }
}

extension SafetensorsFile {
  /// How numbers are stored.
  package enum NumberFormat: String {
    case float32 = "F32"
    case float16 = "F16"

    var byteWidth: Int { self == .float32 ? 4 : 2 }
  }

  /// Writes tensors in the order given; the same input gives the same bytes.
  ///
  /// The file appears whole or not at all.
  /// - Requires: names that differ, none of them `__metadata__`.
  /// - Throws: `FileError` when it cannot be written.
  package static func write(
    path: String, tensors: [NamedTensor], metadata: [String: String] = [:],
    format: NumberFormat = .float32
  ) throws {
    precondition(
      Set(tensors.map(\.name) + ["__metadata__"]).count == tensors.count + 1,
      "expected names that differ, found \(tensors.map(\.name))")
    let header = header(tensors, metadata, format)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) }
    try replaceFile(at: path) { file in
      try file.write(length)
      try file.write(header)
      for tensor in tensors {
        switch format {
        case .float32: try file.write(tensor.values)
        case .float16: try file.write(float16: tensor.values)
        }
      }
    }
  }

  /// The JSON header, filled up with spaces so that the numbers begin at a multiple of 8 bytes.
  private static func header(
    _ tensors: [NamedTensor], _ metadata: [String: String], _ format: NumberFormat
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let items = metadata.sorted { $0.key < $1.key }
        .map { "\(JSON.literal($0.key)):\(JSON.literal($0.value))" }
      members.append("\"__metadata__\":{\(items.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.values.count * format.byteWidth
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(JSON.literal(tensor.name)):"
          + "{\"dtype\":\"\(format.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    let text = "{\(members.joined(separator: ","))}"
    return Array(text.utf8) + [UInt8](repeating: 0x20, count: (8 - text.utf8.count % 8) % 8)
  }
}
