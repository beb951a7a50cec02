/// The pieces of a WordPiece tokenizer, found by their bytes.
///
/// A piece is looked up by a rolling hash of its UTF-8 in an open-addressing table, so that no
/// `String` is made while text is split.
struct WordPieceVocabulary: Sendable {
  /// The spelling of each id; pieces inside a word keep their "##".
  let tokens: [String]
  /// The bytes of all pieces, one after the other, without "##".
  private let bytes: [UInt8]
  /// Where each id's bytes begin; one entry more than there are ids.
  private let starts: [Int]
  private let continues: [Bool]
  /// An id or -1; at most half of a power of two is taken.
  private let slots: [Int32]
  /// The longest piece, in bytes.
  let longestPiece: Int

  /// Of two tokens of one spelling the later is found, as in the reference.
  init(tokens: [String]) {
    self.tokens = tokens
    var bytes: [UInt8] = []
    var starts = [0]
    var continues: [Bool] = []
    var hashes: [UInt64] = []
    for token in tokens {
      let inside = Self.isInside(token)
      let piece = token.utf8.dropFirst(inside ? 2 : 0)
      bytes.append(contentsOf: piece)
      starts.append(bytes.count)
      continues.append(inside)
      hashes.append(piece.reduce(Self.seed(inside), Self.hash))
    }
    var capacity = 16
    while capacity < tokens.count * 2 { capacity *= 2 }
    var slots = [Int32](repeating: -1, count: capacity)
    // From the last id down: the first to take a spelling keeps it, since the search stops there.
    for id in tokens.indices.reversed() {
      var slot = Self.slot(hashes[id], capacity)
      while slots[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
      slots[slot] = Int32(id)
    }
    self.longestPiece = zip(starts.dropFirst(), starts).map { $0 - $1 }.max() ?? 0
    self.bytes = bytes
    self.starts = starts
    self.continues = continues
    self.slots = slots
  }

  /// The id of a whole token, "##" included where it has one.
  func id(of token: String) -> Int32? {
    let inside = Self.isInside(token)
    let piece = [UInt8](token.utf8.dropFirst(inside ? 2 : 0))
    let hash = piece.reduce(Self.seed(inside), Self.hash)
    return find(piece.span, hash: hash, inside: inside)
  }

  /// The longest piece that `word` continues with at `start`, and where it ends, in bytes.
  ///
  /// `hashes` is scratch space, kept by the caller to save an allocation per word.
  func longestMatch(
    in word: [UInt8], from start: Int, hashes: inout [UInt64]
  ) -> (id: Int32, end: Int)? {
    let limit = min(word.count - start, longestPiece)
    hashes.removeAll(keepingCapacity: true)
    var hash = Self.seed(start > 0)
    for offset in 0..<limit {
      hash = Self.hash(hash, word[start + offset])
      hashes.append(hash)
    }
    var length = limit
    while length > 0 {
      let piece = word.span.extracting(start..<start + length)
      if let id = find(piece, hash: hashes[length - 1], inside: start > 0) {
        return (id, start + length)
      }
      length -= 1
    }
    return nil
  }

  private func find(_ piece: Span<UInt8>, hash: UInt64, inside: Bool) -> Int32? {
    var slot = Self.slot(hash, slots.count)
    while slots[slot] >= 0 {
      if matches(Int(slots[slot]), piece, inside) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func matches(_ id: Int, _ piece: Span<UInt8>, _ inside: Bool) -> Bool {
    let start = starts[id]
    guard starts[id + 1] - start == piece.count, continues[id] == inside else { return false }
    for offset in 0..<piece.count where bytes[start + offset] != piece[offset] { return false }
    return true
  }

  /// Whether a token continues a word. By bytes: as characters, "#" may join a mark after it.
  static func isInside(_ token: String) -> Bool {
    token.utf8.count > 2 && token.utf8.starts(with: "##".utf8)
  }

  /// The two kinds of piece share a table and differ in where their hash begins.
  private static func seed(_ inside: Bool) -> UInt64 {
    inside ? 0x9E37_79B9_7F4A_7C15 : 0xCBF2_9CE4_8422_2325
  }

  /// One step of FNV-1a.
  private static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x100_0000_01B3
  }

  private static func slot(_ hash: UInt64, _ capacity: Int) -> Int {
    Int(truncatingIfNeeded: hash ^ (hash >> 32)) & (capacity - 1)
  }
}
