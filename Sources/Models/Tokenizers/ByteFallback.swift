/// Tokens that stand for one byte each, spelled "<0x0A>": SentencePiece's way out where a character
/// is not in the vocabulary.
struct ByteFallback: Sendable {
  /// By byte; -1 where the vocabulary has none.
  private let ids: [Int32]

  init(_ vocabulary: TokenVocabulary) {
    ids = (UInt8.min...UInt8.max).map { vocabulary.id(of: Self.token($0)) ?? -1 }
  }

  /// The ids for the bytes of a text, or nil when one is missing.
  func ids(for text: [UInt8], _ range: Range<Int>) -> [Int32]? {
    let found = range.map { ids[Int(text[$0])] }
    return found.contains(-1) ? nil : found
  }

  static func token(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.utf8.count == 1 ? "<0x0\(digits)>" : "<0x\(digits)>"
  }

  /// The byte that a token stands for, or nil when it is an ordinary token.
  static func byte(_ token: String) -> UInt8? {
    let utf8 = Array(token.utf8)
    guard utf8.count == 6, utf8.starts(with: "<0x".utf8), utf8[5] == UInt8(ascii: ">") else {
      return nil
    }
    // The reference reads the digits with a parser that also takes a sign.
    return UInt8(String(decoding: utf8[3..<5], as: UTF8.self), radix: 16)
  }
}
