import Native

/// The tensors of one safetensors file, mapped into memory and checked before the first is read.
///
/// The file is a little-endian length (8 bytes), a JSON header of that length, and the numbers. The
/// header gives each tensor's format, shape and place: `data_offsets` from the header's end.
/// - Source: github.com/huggingface/safetensors, README.
package struct SafetensorsFile: Sendable {
  package let path: String
  /// Free text about the file: the header's `__metadata__`.
  package let metadata: [String: String]
  private let entries: [String: Entry]
  private let file: MappedFile

  private struct Entry: Sendable {
    let format: String
    let shape: [Int]
    /// Bytes from the beginning of the file.
    let range: Range<Int>
  }

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
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]
    for member in members {
      if member.key == "__metadata__" {
        for item in member.value.members ?? [] { metadata[item.key] = item.value.string }
      } else {
        let entry = try Self.entry(member, path, data: header.end..<file.count)
        guard entries.updateValue(entry, forKey: member.key) == nil else {
          throw CheckpointError(
            file: path, tensor: member.key, expected: "one entry", found: "two of that name")
        }
      }
    }
    self.entries = entries
    self.metadata = metadata
  }

  /// All tensors, in alphabetical order.
  package var names: [String] { entries.keys.sorted() }

  package func contains(_ name: String) -> Bool { entries[name] != nil }

  package func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// The stored format of a tensor: "F32", "F16", "BF16", "I64" and so on.
  package func format(of name: String) -> String? { entries[name]?.format }

  /// A copy of a tensor's numbers, row-major, converted from float16 or bfloat16 where needed.
  /// - Throws: `CheckpointError` when there is no such tensor or it does not hold floats.
  package func floats(_ name: String) throws -> [Float] {
    let entry = try entry(name)
    guard let format = Self.floatFormats[entry.format] else {
      throw CheckpointError(
        file: path, tensor: name, expected: "F32, F16 or BF16", found: entry.format)
    }
    return file.copyFloats(
      format, at: entry.range.lowerBound, count: entry.range.count / format.width)
  }

  /// A tensor's numbers where they lie when they are aligned float32, converted otherwise.
  /// - Throws: `CheckpointError` when there is no such tensor or it does not hold floats.
  package func table(_ name: String) throws -> FloatTable {
    let entry = try entry(name)
    guard entry.format == "F32", entry.range.lowerBound % 4 == 0 else {
      return FloatTable(try floats(name))
    }
    return FloatTable(
      file: file, offset: entry.range.lowerBound, count: entry.range.count / 4)
  }

  private func entry(_ name: String) throws(CheckpointError) -> Entry {
    guard let entry = entries[name] else {
      throw CheckpointError(
        file: path, tensor: name, expected: "that tensor", found: "\(entries.count) others")
    }
    return entry
  }

  private static let floatFormats: [String: StoredFloat] = [
    "F32": .float32, "F16": .float16, "BF16": .bfloat16,
  ]

  /// Bytes per number; formats of other widths are refused.
  private static let widths: [String: Int] = [
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2,
    "U16": 2, "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
  ]

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

  private static func entry(
    _ member: JSON.Member, _ path: String, data: Range<Int>
  ) throws(CheckpointError) -> Entry {
    func wrong(_ expected: String, _ found: String, hint: String? = nil) -> CheckpointError {
      CheckpointError(
        file: path, tensor: member.key, expected: expected, found: found, hint: hint)
    }
    let found = member.value
    guard let format = found["dtype"]?.string, let width = widths[format] else {
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
    return Entry(format: format, shape: shape, range: start + offsets[0]..<start + offsets[1])
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
