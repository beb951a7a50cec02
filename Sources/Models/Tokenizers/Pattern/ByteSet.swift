/// Bytes that a match may begin with.
struct ByteSet: Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  static let all: ByteSet = {
    var all = ByteSet()
    all.words = (.max, .max, .max, .max)
    return all
  }()

  /// The first bytes of a class's scalars; of those beyond ASCII, all.
  init(_ scalars: ScalarClass) {
    for byte in UInt8(0)..<128 where scalars.contains(Unicode.Scalar(byte)) {
      if byte < 64 { words.0 |= 1 << UInt64(byte) } else { words.1 |= 1 << UInt64(byte - 64) }
    }
    (words.2, words.3) = (.max, .max)
  }

  init() {}

  func contains(_ byte: UInt8) -> Bool {
    let word =
      byte < 128 ? (byte < 64 ? words.0 : words.1) : (byte < 192 ? words.2 : words.3)
    return word >> UInt64(byte & 63) & 1 == 1
  }

  mutating func formUnion(_ other: ByteSet) {
    words.0 |= other.words.0
    words.1 |= other.words.1
    words.2 |= other.words.2
    words.3 |= other.words.3
  }
}

extension PatternNode {
  /// What a match may begin with, and whether it may be empty.
  var opening: (bytes: ByteSet, mayBeEmpty: Bool) {
    switch self {
    case .scalars(let scalars): return (ByteSet(scalars), false)
    case .empty, .lookahead, .lineStart, .lineEnd: return (ByteSet(), true)
    case .atomic(let node): return node.opening
    case .repeated(let node, let min, _, _):
      let (bytes, mayBeEmpty) = node.opening
      return (bytes, mayBeEmpty || min == 0)
    case .sequence(let nodes):
      var bytes = ByteSet()
      for node in nodes {
        let opening = node.opening
        bytes.formUnion(opening.bytes)
        if !opening.mayBeEmpty { return (bytes, false) }
      }
      return (bytes, true)
    case .alternatives(let nodes):
      return nodes.map(\.opening).reduce(into: (bytes: ByteSet(), mayBeEmpty: false)) {
        $0.bytes.formUnion($1.bytes)
        $0.mayBeEmpty = $0.mayBeEmpty || $1.mayBeEmpty
      }
    }
  }
}
