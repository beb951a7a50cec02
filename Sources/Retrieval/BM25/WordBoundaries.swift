/// What a Unicode scalar does at the edge of a word (the classes of UAX #29 that matter here).
enum WordClass: UInt8 {
  case letter, number, katakana
  /// Underscore and its like: joins letters, numbers and itself.
  case connector
  /// Ideographs and hiragana: each is a word of its own.
  case single
  /// Colon and middle dots: hold two letters together.
  case midLetter
  /// Comma and semicolon: hold two digits together.
  case midNumber
  /// Full stop and apostrophes: hold two letters, or two digits, together.
  case midBoth
  /// Combining marks and format characters: belong to what they follow.
  case extend
  case other

  init(_ scalar: Unicode.Scalar) {
    self = scalar.isASCII ? Self.ascii[Int(scalar.value)] : Self.beyondASCII(scalar)
  }

  var startsWord: Bool {
    switch self {
    case .letter, .number, .katakana, .connector, .single: true
    case .midLetter, .midNumber, .midBoth, .extend, .other: false
    }
  }

  /// Whether a word goes on from this class straight to `next`.
  func joins(_ next: WordClass) -> Bool {
    switch (self, next) {
    case (.letter, .letter), (.letter, .number), (.number, .letter), (.number, .number): true
    case (.katakana, .katakana): true
    case (.connector, .letter), (.connector, .number), (.connector, .katakana): true
    case (.letter, .connector), (.number, .connector), (.katakana, .connector): true
    case (.connector, .connector): true
    default: false
    }
  }

  /// Whether a word goes on from this class over `middle` to `next`.
  func joins(over middle: WordClass, _ next: WordClass) -> Bool {
    switch middle {
    case .midLetter: self == .letter && next == .letter
    case .midNumber: self == .number && next == .number
    case .midBoth: self == next && (self == .letter || self == .number)
    default: false
    }
  }

  private static let ascii: [WordClass] = (0..<128).map { value in
    switch UInt8(value) {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter
    case UInt8(ascii: "0")...UInt8(ascii: "9"): .number
    case UInt8(ascii: "_"): .connector
    case UInt8(ascii: ":"): .midLetter
    case UInt8(ascii: ","), UInt8(ascii: ";"): .midNumber
    case UInt8(ascii: "."), UInt8(ascii: "'"): .midBoth
    default: .other
    }
  }

  private static func beyondASCII(_ scalar: Unicode.Scalar) -> WordClass {
    switch scalar.value {
    case 0x2018, 0x2019, 0x2024, 0xFE52, 0xFF07, 0xFF0E: return .midBoth
    case 0xB7, 0x387, 0x55F, 0x5F4, 0x2027, 0xFE13, 0xFE55, 0xFF1A: return .midLetter
    case 0x37E, 0x589, 0x60C, 0x60D, 0x66C, 0x7F8, 0x2044, 0xFE10, 0xFE14, 0xFE50, 0xFE54,
      0xFF0C, 0xFF1B:
      return .midNumber
    case 0x30A1...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9D: return .katakana
    case 0x3041...0x3096: return .single
    default: break
    }
    let properties = scalar.properties
    if properties.isIdeographic { return .single }
    switch properties.generalCategory {
    case .decimalNumber: return .number
    case .connectorPunctuation: return .connector
    case .nonspacingMark, .spacingMark, .enclosingMark, .format: return .extend
    default: return properties.isAlphabetic ? .letter : .other
    }
  }
}
