/// A set of Unicode's general categories.
struct GeneralCategories: OptionSet, Sendable {
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  private init(bits: ClosedRange<UInt32>) {
    rawValue = bits.reduce(0) { $0 | 1 << $1 }
  }

  static let letter = Self(bits: 0...4)
  static let mark = Self(bits: 5...7)
  static let decimalNumber = Self(bits: 8...8)
  static let number = Self(bits: 8...10)
  static let connectorPunctuation = Self(bits: 11...11)
  static let punctuation = Self(bits: 11...17)

  /// The categories of `\p{name}`: one letter for a group, two for one category.
  init?(name: String) {
    switch name {
    case "L": self = .letter
    case "M": self = .mark
    case "N": self = .number
    case "P": self = .punctuation
    case "S": self.init(bits: 18...21)
    case "Z": self.init(bits: 22...24)
    case "C": self.init(bits: 25...29)
    default:
      guard let bit = Self.names.firstIndex(of: name) else { return nil }
      self.init(bits: UInt32(bit)...UInt32(bit))
    }
  }

  /// In the order of the bits, which `bit(of:)` follows.
  private static let names = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
  ]

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let bit =
      scalar.value < 0x10000
      ? Self.basicPlane[Int(scalar.value)] : Self.bit(of: scalar)
    return rawValue >> UInt32(bit) & 1 == 1
  }

  /// The bit of each scalar below U+10000: looking a property up takes ten times as long as this.
  private static let basicPlane: [UInt8] = (0..<UInt32(0x10000)).map {
    Unicode.Scalar($0).map(bit) ?? 27
  }

  /// The reference's expressions know Unicode 16.0: what came later has no category.
  private static func bit(of scalar: Unicode.Scalar) -> UInt8 {
    guard scalar.isAssigned(by: 16) else { return 29 }
    return bit(of: scalar.properties.generalCategory)
  }

  private static func bit(of category: Unicode.GeneralCategory) -> UInt8 {
    switch category {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .titlecaseLetter: 2
    case .modifierLetter: 3
    case .otherLetter: 4
    case .nonspacingMark: 5
    case .spacingMark: 6
    case .enclosingMark: 7
    case .decimalNumber: 8
    case .letterNumber: 9
    case .otherNumber: 10
    case .connectorPunctuation: 11
    case .dashPunctuation: 12
    case .openPunctuation: 13
    case .closePunctuation: 14
    case .initialPunctuation: 15
    case .finalPunctuation: 16
    case .otherPunctuation: 17
    case .mathSymbol: 18
    case .currencySymbol: 19
    case .modifierSymbol: 20
    case .otherSymbol: 21
    case .spaceSeparator: 22
    case .lineSeparator: 23
    case .paragraphSeparator: 24
    case .control: 25
    case .format: 26
    case .surrogate: 27
    case .privateUse: 28
    case .unassigned: 29
    @unknown default: 29
    }
  }
}
