import Native

/// The tensors of one safetensors file, mapped into memory and checked before the first is read.
///
/// The file is a little-endian length (8 bytes), a JSON header of that length, and the numbers. The
/// header gives each tensor's format, shape and place: `data_offsets` from the header's end.
/// - Source: github.com/huggingface/safetensors, README.
package struct SafetensorsFile: TensorFile {
  package let path: String
  /// Free text about the file: the header's `__metadata__`.
  package let metadata: [String: String]
  package let file: MappedFile
  package let tensors: [String: StoredTensor]

  /// Opens a file and checks its header.
  /// - Throws: `FileError` when it cannot be opened, `CheckpointError` when it is not what the
  ///   format says: cut off, lying about lengths, or some other kind of file.
  package init(path: String) throws {
    file = try MappedFile(path: path)
    self.path = path
    let header = try Self.header(file, path)
    guard let members = header.json.members else {
      throw CheckpointError(
        file: path, expected: "an object as header", found: header.json.summary)
    }
    var tensors: [String: StoredTensor] = [:]
    var metadata: [String: String] = [:]
    for member in members {
      if member.key == "__metadata__" {
        for item in member.value.members ?? [] { metadata[item.key] = item.value.string }
      } else {
        let tensor = try Self.tensor(member, path, data: header.end..<file.count)
        guard tensors.updateValue(tensor, forKey: member.key) == nil else {
          throw CheckpointError(
            file: path, tensor: member.key, expected: "one entry", found: "two of that name")
        }
      }
    }
    self.tensors = tensors
    self.metadata = metadata
  }

  private static func header(
    _ file: MappedFile, _ path: String
  ) throws(CheckpointError) -> (json: JSON, end: Int) {
    let cut = "the file is cut off or not a safetensors file; fetch it again"
    guard file.count >= 8 else {
      throw CheckpointError(
        file: path, expected: "at least 8 bytes", found: "\(file.count)", hint: cut)
    }
    let length = file.copyBytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(file.count - 8), length <= 100_000_000 else {
      throw CheckpointError(
        file: path, expected: "a header inside the file's \(file.count) bytes",
        found: "a header of \(length) bytes", hint: cut)
    }
    let end = 8 + Int(length)
    do {
      return (try JSON(file.copyBytes(8..<end)), end)
    } catch {
      throw CheckpointError(
        file: path, expected: "\(error.expected) at byte \(8 + error.offset) of the header",
        found: error.found, hint: cut)
    }
  }

  private static func tensor(
    _ member: JSON.Member, _ path: String, data: Range<Int>
  ) throws(CheckpointError) -> StoredTensor {
    func wrong(_ expected: String, _ found: String, hint: String? = nil) -> CheckpointError {
      CheckpointError(
        file: path, tensor: member.key, expected: expected, found: found, hint: hint)
    }
    let found = member.value
    guard let format = found["dtype"]?.string, let width = StoredTensor.widths[format] else {
      throw wrong("a known dtype", found["dtype"]?.summary ?? "none")
    }
    let sizes = found["shape"]?.elements ?? []
    let shape = sizes.compactMap(\.integer)
    guard found["shape"]?.elements != nil, shape.count == sizes.count, shape.allSatisfy({ $0 >= 0 })
    else { throw wrong("a shape of whole numbers", found["shape"]?.summary ?? "none") }
    let offsets = (found["data_offsets"]?.elements ?? []).compactMap(\.integer)
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
      throw wrong("two data_offsets in order", "\(offsets)")
    }
    guard offsets[1] <= data.count else {
      throw wrong(
        "data_offsets within \(data.count) bytes", "\(offsets)",
        hint: "the file is cut off; fetch it again")
    }
    guard byteCount(shape, width: width) == offsets[1] - offsets[0] else {
      throw wrong("\(format) \(shape) in \(offsets[1] - offsets[0]) bytes", "another size")
    }
    let start = data.lowerBound
    return StoredTensor(
      format: format, shape: shape, range: start + offsets[0]..<start + offsets[1])
  }

  /// The product of the sizes in bytes, or nil when no `Int` holds it.
  private static func byteCount(_ shape: [Int], width: Int) -> Int? {
    var bytes = width
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      bytes = product
    }
    return bytes
  }
}
