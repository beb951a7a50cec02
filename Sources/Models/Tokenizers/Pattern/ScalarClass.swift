/// A set of Unicode scalars, as `[^\s\p{L}]` describes one.
struct ScalarClass: Equatable, Sendable {
  enum Item: Equatable, Sendable {
    case range(ClosedRange<UInt32>)
    case categories(GeneralCategories)
    case alphabetic
    case nested(ScalarClass)
  }

  let items: [Item]
  let isNegated: Bool
  /// Whether each ASCII scalar is in the set; these are most of what is asked for.
  private let ascii: (UInt64, UInt64)

  init(_ items: [Item], isNegated: Bool = false) {
    self.items = items
    self.isNegated = isNegated
    var ascii: (UInt64, UInt64) = (0, 0)
    for value in UInt32(0)..<128
    where Self.contains(Unicode.Scalar(UInt8(value)), items) != isNegated {
      if value < 64 { ascii.0 |= 1 << value } else { ascii.1 |= 1 << (value - 64) }
    }
    self.ascii = ascii
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    if value < 64 { return ascii.0 >> value & 1 == 1 }
    if value < 128 { return ascii.1 >> (value - 64) & 1 == 1 }
    return Self.contains(scalar, items) != isNegated
  }

  private static func contains(_ scalar: Unicode.Scalar, _ items: [Item]) -> Bool {
    items.contains { item in
      switch item {
      case .range(let range): range.contains(scalar.value)
      case .categories(let categories): categories.contains(scalar)
      case .alphabetic: scalar.properties.isAlphabetic && scalar.isAssigned(by: 16)
      case .nested(let nested): nested.contains(scalar)
      }
    }
  }

  static func == (a: Self, b: Self) -> Bool { a.items == b.items && a.isNegated == b.isNegated }

  var negated: ScalarClass { ScalarClass(items, isNegated: !isNegated) }

  init(categories: GeneralCategories) { self.init([.categories(categories)]) }

  init(scalars: [Unicode.Scalar]) { self.init(scalars.map { .range($0.value...$0.value) }) }

  /// Unicode's White_Space.
  static let whiteSpace = ScalarClass([
    .range(0x09...0x0D), .range(0x20...0x20), .range(0x85...0x85), .range(0xA0...0xA0),
    .range(0x1680...0x1680), .range(0x2000...0x200A), .range(0x2028...0x2029),
    .range(0x202F...0x202F), .range(0x205F...0x205F), .range(0x3000...0x3000),
  ])

  static let digit = ScalarClass(categories: .decimalNumber)

  static let word = ScalarClass(
    categories: [.letter, .mark, .decimalNumber, .connectorPunctuation])

  /// What a word consists of to Unicode's recommendation (UTS 18), which the reference follows where
  /// it does not use Oniguruma.
  static let broadWord = ScalarClass([
    .alphabetic, .categories([.mark, .decimalNumber, .connectorPunctuation]),
    .range(0x200C...0x200D),
  ])

  static let newline = ScalarClass(scalars: ["\n"])
}
