import Native

/// Writes a vector file batch by batch.
package struct VectorFileWriter {
  private let file: FileWriter
  private let layout: VectorLayout
  package private(set) var count: Int

  /// Begins a file.
  package init(path: String, _ storage: VectorStorage, dimension: Int) throws {
    try self.init(path: path, layout: VectorLayout(storage, dimension: dimension), count: 0)
  }

  /// Goes on behind the first `count` vectors of a file, whose header stays as it is until the end,
  /// or begins one.
  init(path: String, layout: VectorLayout, count: Int) throws {
    self.layout = layout
    self.count = count
    file = try withIndexErrors(path: path) {
      try FileWriter(path: path, length: layout.fileSize(count: count))
    }
    if count == 0 { try writeHeader(VectorFile.fields(layout, count: 0)) }
  }

  /// Appends row-major vectors; they are on the disk when this returns.
  package mutating func append(_ vectors: [Float]) throws {
    try append(StoredVectors(vectors, layout))
  }

  /// Appends rows as another file of the same layout holds them.
  mutating func append(_ rows: StoredVectors) throws {
    try withIndexErrors(path: file.path) {
      try file.resize(to: layout.fileSize(count: count + rows.count))
      var done = 0
      while done < rows.count {
        let run = min(rows.count - done, layout.contiguousRows(from: count + done))
        for (column, width) in layout.columns.enumerated() {
          let part = rows.columns[column][(done * width)..<((done + run) * width)]
          try file.overwrite(
            at: layout.offset(row: count + done, column: column), with: Array(part))
        }
        done += run
      }
      try file.synchronize()
    }
    count += rows.count
  }

  /// Marks the file as whole, and gives its checksum.
  @discardableResult
  package func finish() throws -> String {
    let digest = try withIndexErrors(path: file.path) {
      let mapped = try MappedFile(path: file.path)
      return VectorFile.digest(mapped.bytes, layout, count: count)
    }
    // At once, so that readers see the old header or the new one.
    try writeHeader(VectorFile.fields(layout, count: count) + digest)
    return hexadecimal(digest)
  }

  private func writeHeader(_ fields: [UInt8]) throws {
    let rest = [UInt8](repeating: 0, count: VectorLayout.headerSize - fields.count)
    try withIndexErrors(path: file.path) {
      try file.overwrite(at: 0, with: fields + rest)
      try file.synchronize()
    }
  }
}
