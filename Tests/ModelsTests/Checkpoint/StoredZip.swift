/// A zip archive of uncompressed records, in which tests can make any field lie.
struct StoredZip {
  struct Record {
    let name: String
    let bytes: [UInt8]
    /// What the directory says instead of the truth.
    var method = 0
    var flags = 0
    var size: Int?
    var compressedSize: Int?
    var offset: Int?
    /// The name in the local header.
    var localName: String?
    var extra: [UInt8] = []
  }

  var records: [Record]
  var count: Int?
  var directoryOffset: Int?
  var directorySize: Int?

  /// PyTorch's records: a pickle, and one storage with the key 0.
  init(pickle: [UInt8], storage: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]) {
    records = [
      Record(name: "x/data.pkl", bytes: pickle),
      Record(name: "x/byteorder", bytes: Array("little".utf8)),
      Record(name: "x/data/0", bytes: storage),
    ]
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for record in records {
      let offset = record.offset ?? bytes.count
      let local = Array((record.localName ?? record.name).utf8)
      bytes += Self.number(0x0403_4B50, 4) + [UInt8](repeating: 0, count: 22)
      bytes += Self.number(local.count, 2) + Self.number(0, 2) + local + record.bytes
      directory += Self.number(0x0201_4B50, 4) + Self.number(0, 4) + Self.number(record.flags, 2)
      directory += Self.number(record.method, 2) + Self.number(0, 8)
      directory += Self.number(record.compressedSize ?? record.size ?? record.bytes.count, 4)
      directory += Self.number(record.size ?? record.bytes.count, 4)
      directory += Self.number(record.name.utf8.count, 2) + Self.number(record.extra.count, 2)
      directory += Self.number(0, 10) + Self.number(offset, 4) + Array(record.name.utf8)
      directory += record.extra
    }
    let end =
      Self.number(0x0605_4B50, 4) + Self.number(0, 4)
      + Self.number(count ?? records.count, 2) + Self.number(count ?? records.count, 2)
      + Self.number(directorySize ?? directory.count, 4)
      + Self.number(directoryOffset ?? bytes.count, 4) + Self.number(0, 2)
    return bytes + directory + end
  }

  /// Lowest byte first.
  static func number(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}
