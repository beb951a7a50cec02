import Native

/// The records of a zip archive in a mapped file, none of them compressed.
///
/// The directory at the archive's end says where each record's local header stands, and behind that
/// header lie the record's bytes. Sizes come from the directory; both must agree on the name.
/// - Source: PKWARE's APPNOTE 6.3.10, with its 64-bit extension.
struct ZipArchive {
  /// Bytes from the beginning of the file.
  private(set) var records: [String: Range<Int>] = [:]
  private let file: MappedFile

  /// - Throws: `CheckpointError` when the archive is cut off, lies about places or sizes, or has
  ///   compressed or encrypted records.
  init(_ file: MappedFile) throws(CheckpointError) {
    self.file = file
    let directory = try directory()
    var reader = ByteReader(file.copyBytes(directory.range))
    for number in 0..<directory.count {
      guard let entry = Entry(&reader) else {
        throw wrong("\(directory.count) records in the directory", "\(number) whole ones")
      }
      let range = try range(of: entry, before: directory.range.lowerBound)
      guard records.updateValue(range, forKey: entry.name) == nil else {
        throw wrong("one record \(entry.name)", "two")
      }
    }
  }

  /// One record as the directory describes it.
  private struct Entry {
    let flags, method, compressedSize, size, offset: Int
    let name: String

    init?(_ reader: inout ByteReader) {
      guard reader.integer(4) == 0x0201_4B50, reader.take(4) != nil,
        let flags = reader.integer(2), let method = reader.integer(2), reader.take(8) != nil,
        let compressed = reader.integer(4), let whole = reader.integer(4),
        let nameCount = reader.integer(2), let extraCount = reader.integer(2),
        let commentCount = reader.integer(2), reader.take(8) != nil,
        let place = reader.integer(4), let name = reader.text(nameCount),
        let extra = reader.take(extraCount), reader.take(commentCount) != nil
      else { return nil }
      // Numbers that 32 bits cannot hold stand in an extra field, in this order.
      var long = Self.longNumbers(Array(extra))
      func number(_ short: Int) -> Int? { short == 0xFFFF_FFFF ? long?.integer(8) : short }
      guard let size = number(whole), let compressedSize = number(compressed),
        let offset = number(place)
      else { return nil }
      self.flags = flags
      self.method = method
      self.compressedSize = compressedSize
      self.size = size
      self.offset = offset
      self.name = name
    }

    private static func longNumbers(_ extra: [UInt8]) -> ByteReader? {
      var reader = ByteReader(extra)
      while let kind = reader.integer(2), let count = reader.integer(2),
        let field = reader.take(count)
      {
        if kind == 1 { return ByteReader(Array(field)) }
      }
      return nil
    }
  }

  private func range(of entry: Entry, before end: Int) throws(CheckpointError) -> Range<Int> {
    guard entry.method == 0, entry.flags & 1 == 0, entry.size == entry.compressedSize else {
      throw wrong("\(entry.name) stored as it is", "a compressed or encrypted record")
    }
    guard entry.offset <= end - 30 else {
      throw wrong("\(entry.name) before byte \(end)", "it at byte \(entry.offset)", hint: cut)
    }
    var header = ByteReader(file.copyBytes(entry.offset..<entry.offset + 30))
    let signature = header.integer(4)
    _ = header.take(22)
    guard signature == 0x0403_4B50, let nameCount = header.integer(2),
      let extraCount = header.integer(2), nameCount + extraCount <= end - 30 - entry.offset
    else { throw wrong("a header of \(entry.name) at byte \(entry.offset)", "none", hint: cut) }
    let nameStart = entry.offset + 30
    guard file.copyBytes(nameStart..<nameStart + nameCount) == Array(entry.name.utf8) else {
      throw wrong("\(entry.name) at byte \(entry.offset)", "another record")
    }
    let start = nameStart + nameCount + extraCount
    guard entry.size <= end - start else {
      throw wrong("\(entry.name) before byte \(end)", "\(entry.size) bytes of it", hint: cut)
    }
    return start..<start + entry.size
  }

  /// Where the directory lies and how many records it lists.
  private func directory() throws(CheckpointError) -> (range: Range<Int>, count: Int) {
    let tailStart = max(0, file.count - 22 - 0xFFFF)
    let tail = file.copyBytes(tailStart..<file.count)
    guard let end = tail.indices.dropLast(21).last(where: { tail[$0...].starts(with: Self.end) })
    else { throw wrong("a zip archive's directory at the end", "none", hint: cut) }
    var reader = ByteReader(Array(tail[(end + 10)...]))
    var facts = (reader.integer(2), reader.integer(4), reader.integer(4))
    if end >= 20, let long = longDirectory(Array(tail[end - 20..<end])) { facts = long }
    guard let count = facts.0, let size = facts.1, let offset = facts.2,
      offset <= tailStart + end, size <= tailStart + end - offset
    else { throw wrong("the zip archive's directory inside the file", "it outside", hint: cut) }
    return (offset..<offset + size, count)
  }

  private static let end: [UInt8] = [0x50, 0x4B, 0x05, 0x06]

  /// Count, size and place of the directory in an archive with 64-bit numbers, given the 20 bytes
  /// that say where these numbers stand; nil in another.
  private func longDirectory(_ locator: [UInt8]) -> (Int?, Int?, Int?)? {
    var reader = ByteReader(locator)
    guard reader.integer(4) == 0x0706_4B50 else { return nil }
    _ = reader.take(4)
    guard let offset = reader.integer(8), offset <= file.count - 56 else { return (nil, nil, nil) }
    var record = ByteReader(file.copyBytes(offset..<offset + 56))
    guard record.integer(4) == 0x0606_4B50 else { return (nil, nil, nil) }
    _ = record.take(28)
    return (record.integer(8), record.integer(8), record.integer(8))
  }

  private var cut: String { "the file is cut off; fetch it again" }

  private func wrong(_ expected: String, _ found: String, hint: String? = nil) -> CheckpointError {
    CheckpointError(file: file.path, expected: expected, found: found, hint: hint)
  }
}
