/// The spellings of a model's tokens and their ids, found by exact bytes.
///
/// Swift's strings are equal when they are canonically equivalent; in a vocabulary those are
/// different tokens, so that a dictionary of strings would lose some.
struct TokenVocabulary: Sendable {
  /// One past the largest id.
  let size: Int
  private let spellings: [String?]
  private let bytes: [UInt8]
  /// Where each entry's bytes begin; one more than there are entries.
  private let starts: [Int]
  private let ids: [Int32]
  /// An entry or -1; at most half of a power of two is taken.
  private let slots: [Int32]

  /// Of two tokens of one spelling the later is found, as in the reference.
  init(_ tokens: [(spelling: String, id: Int32)]) {
    size = tokens.reduce(0) { max($0, Int($1.id) + 1) }
    var spellings = [String?](repeating: nil, count: size)
    var bytes: [UInt8] = []
    var starts = [0]
    var hashes: [UInt64] = []
    for (spelling, id) in tokens {
      spellings[Int(id)] = spelling
      bytes.append(contentsOf: spelling.utf8)
      starts.append(bytes.count)
      hashes.append(Self.hash(bytes, starts[starts.count - 2]..<bytes.count))
    }
    var capacity = 16
    while capacity < tokens.count * 2 { capacity *= 2 }
    var slots = [Int32](repeating: -1, count: capacity)
    // From the last down: the first to take a spelling keeps it, since the search stops there.
    for entry in tokens.indices.reversed() {
      var slot = Self.slot(hashes[entry], capacity)
      while slots[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
      slots[slot] = Int32(entry)
    }
    self.spellings = spellings
    self.bytes = bytes
    self.starts = starts
    self.slots = slots
    ids = tokens.map(\.id)
  }

  /// The spellings in order of ids, empty where no token has the id.
  var tokens: [String] { spellings.map { $0 ?? "" } }

  func token(_ id: Int32) -> String? {
    spellings.indices.contains(Int(id)) ? spellings[Int(id)] : nil
  }

  func id(of token: String) -> Int32? {
    let utf8 = Array(token.utf8)
    return id(of: utf8, utf8.indices)
  }

  /// The id of the token that is spelled like a part of a text.
  func id(of text: [UInt8], _ range: Range<Int>) -> Int32? {
    var slot = Self.slot(Self.hash(text, range), slots.count)
    while slots[slot] >= 0 {
      let entry = Int(slots[slot])
      if matches(entry, text, range) { return ids[entry] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func matches(_ entry: Int, _ text: [UInt8], _ range: Range<Int>) -> Bool {
    let start = starts[entry]
    guard starts[entry + 1] - start == range.count else { return false }
    for offset in 0..<range.count where bytes[start + offset] != text[range.lowerBound + offset] {
      return false
    }
    return true
  }

  /// FNV-1a.
  private static func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for position in range { hash = (hash ^ UInt64(text[position])) &* 0x100_0000_01B3 }
    return hash
  }

  private static func slot(_ hash: UInt64, _ capacity: Int) -> Int {
    Int(truncatingIfNeeded: hash ^ (hash >> 32)) & (capacity - 1)
  }
}
