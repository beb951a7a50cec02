/// What a regular expression consists of.
indirect enum PatternNode: Sendable {
  enum Greed: Sendable { case greedy, lazy, possessive }

  case empty
  case scalars(ScalarClass)
  case sequence([PatternNode])
  case alternatives([PatternNode])
  case repeated(PatternNode, min: Int, max: Int?, Greed)
  case lookahead(PatternNode, isNegative: Bool)
  case atomic(PatternNode)
  case lineStart, lineEnd
}

/// A regular expression that is malformed or uses what this engine does not know.
struct PatternError: Error, Equatable {
  let expected: String
  /// The rest of the expression from where it went wrong.
  let found: String
}

/// Reads the part of Oniguruma's syntax that tokenizers use: literals, classes (nested too),
/// properties by general category, groups, alternatives, repetition in its three greeds, look-ahead,
/// line anchors, and `(?i:)` around literals. Captures are read as plain groups: nobody asks for them.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var ignoresCase = false
  private var depth = 0

  static func parse(_ text: String) throws(PatternError) -> PatternNode {
    var parser = PatternParser(scalars: Array(text.unicodeScalars))
    let node = try parser.alternatives()
    guard parser.peek() == nil else { throw parser.error("the end") }
    return node
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private mutating func alternatives() throws(PatternError) -> PatternNode {
    // Recursion on a hostile expression must not use up the stack.
    depth += 1
    defer { depth -= 1 }
    guard depth < 50 else { throw error("at most 50 levels") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(PatternError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let next = peek(), next != "|", next != ")" { nodes.append(try repetition()) }
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
  }

  private mutating func repetition() throws(PatternError) -> PatternNode {
    var node = try atom()
    while let next = peek() {
      switch next {
      case "*", "+", "?":
        position += 1
        let greed: PatternNode.Greed = take("?") ? .lazy : take("+") ? .possessive : .greedy
        node = .repeated(node, min: next == "+" ? 1 : 0, max: next == "?" ? 1 : nil, greed)
      case "{":
        position += 1
        node = try interval(of: node)
      default: return node
      }
    }
    return node
  }

  /// `{n}`, `{n,}`, `{n,m}` or `{,m}`. A plus after it repeats the whole, as in Ruby's syntax.
  private mutating func interval(of node: PatternNode) throws(PatternError) -> PatternNode {
    let min = number()
    let isOpen = take(",")
    let max = isOpen ? number() : min
    guard take("}"), min != nil || max != nil, max ?? .max >= min ?? 0 else {
      throw error("a number of repetitions")
    }
    return .repeated(node, min: min ?? 0, max: max, isOpen && take("?") ? .lazy : .greedy)
  }

  /// A count of at most 1000: what is copied out below must not grow without end.
  private mutating func number() -> Int? {
    var value: Int?
    while let digit = peek()?.value, 0x30...0x39 ~= digit, value ?? 0 <= 100 {
      value = (value ?? 0) * 10 + Int(digit - 0x30)
      position += 1
    }
    return value
  }

  private mutating func atom() throws(PatternError) -> PatternNode {
    guard let scalar = peek() else { throw error("something to match") }
    switch scalar {
    case "(": return try group()
    case "[":
      position += 1
      return .scalars(try classBody())
    case "*", "+", "?", "{", ")": throw error("something to match")
    case ".":
      position += 1
      return .scalars(.newline.negated)
    case "^":
      position += 1
      return .lineStart
    case "$":
      position += 1
      return .lineEnd
    case "\\":
      position += 1
      return .scalars(try escape())
    default:
      position += 1
      return .scalars(literal(scalar))
    }
  }

  private mutating func group() throws(PatternError) -> PatternNode {
    position += 1
    let outer = ignoresCase
    defer { ignoresCase = outer }
    var wrap: (PatternNode) -> PatternNode = { $0 }
    if take("?") {
      if take("=") {
        wrap = { .lookahead($0, isNegative: false) }
      } else if take("!") {
        wrap = { .lookahead($0, isNegative: true) }
      } else if take(">") {
        wrap = { .atomic($0) }
      } else if take("i") {
        ignoresCase = true
        guard take(":") else { throw error(":") }
      } else if !take(":") {
        throw error("one of (?: (?= (?! (?> (?i:")
      }
    }
    let node = try alternatives()
    guard take(")") else { throw error(")") }
    return wrap(node)
  }

  /// What stands between "[" and its "]".
  private mutating func classBody() throws(PatternError) -> ScalarClass {
    depth += 1
    defer { depth -= 1 }
    guard depth < 50 else { throw error("at most 50 levels") }
    let isNegated = take("^")
    var items: [ScalarClass.Item] = []
    repeat {
      guard let scalar = peek() else { throw error("]") }
      position += 1
      switch scalar {
      case "[":
        guard peek() != ":" else { throw error("a class without [: :]") }
        items.append(.nested(try classBody()))
      case "&" where peek() == "&": throw error("a class without &&")
      case "\\":
        let escaped = try escape()
        if let low = escaped.onlyScalar, isRange() {
          items += try range(from: low)
        } else {
          items.append(.nested(escaped))
        }
      default:
        items += isRange() ? try range(from: scalar) : literal(scalar).items
      }
    } while !take("]")
    return ScalarClass(items, isNegated: isNegated)
  }

  /// Whether a hyphen follows that joins two scalars.
  private func isRange() -> Bool {
    peek() == "-" && position + 1 < scalars.count && scalars[position + 1] != "]"
  }

  private mutating func range(from low: Unicode.Scalar) throws(PatternError) -> [ScalarClass.Item] {
    position += 1
    guard var high = peek() else { throw error("the end of a range") }
    position += 1
    if high == "\\" {
      guard let escaped = try escape().onlyScalar else { throw error("one scalar") }
      high = escaped
    }
    guard low <= high else { throw error("a range that ascends") }
    let isLetter = low.properties.isAlphabetic || high.properties.isAlphabetic
    guard !ignoresCase || !isLetter else { throw error("no range of letters within (?i:") }
    return [.range(low.value...high.value)]
  }

  private mutating func escape() throws(PatternError) -> ScalarClass {
    guard let scalar = peek() else { throw error("an escape") }
    position += 1
    switch scalar {
    case "s": return .whiteSpace
    case "S": return .whiteSpace.negated
    case "d": return .digit
    case "D": return .digit.negated
    case "w": return .word
    case "W": return .word.negated
    case "p", "P": return try property(isNegated: scalar == "P")
    case "n": return ScalarClass(scalars: ["\n"])
    case "r": return ScalarClass(scalars: ["\r"])
    case "t": return ScalarClass(scalars: ["\t"])
    case "f": return ScalarClass(scalars: ["\u{C}"])
    case "v": return ScalarClass(scalars: ["\u{B}"])
    case "x", "u": return ScalarClass(scalars: [try hexadecimal(scalar == "x" ? 2 : 4)])
    default:
      guard !scalar.isASCII || !scalar.properties.isAlphabetic && !(0x30...0x39 ~= scalar.value)
      else { throw error("a known escape") }
      return ScalarClass(scalars: [scalar])
    }
  }

  private mutating func hexadecimal(_ digits: Int) throws(PatternError) -> Unicode.Scalar {
    let isBraced = take("{")
    let start = position
    while let next = peek(), next.properties.isASCIIHexDigit,
      isBraced || position - start < digits
    {
      position += 1
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[start..<position])
    guard !isBraced || take("}"), let value = UInt32(String(text), radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw error("a scalar in hexadecimal") }
    return scalar
  }

  private mutating func property(isNegated: Bool) throws(PatternError) -> ScalarClass {
    guard take("{") else { throw error("{") }
    guard !ignoresCase else { throw error("no property within (?i:") }
    let isNegated = take("^") != isNegated
    var name = ""
    while let next = peek(), next != "}" {
      name.unicodeScalars.append(next)
      position += 1
    }
    guard let categories = GeneralCategories(name: name), take("}") else {
      position -= name.unicodeScalars.count
      throw error("a general category")
    }
    return ScalarClass([.categories(categories)], isNegated: isNegated)
  }

  /// A scalar, and where case does not matter those that fold to the same.
  private func literal(_ scalar: Unicode.Scalar) -> ScalarClass {
    guard ignoresCase else { return ScalarClass(scalars: [scalar]) }
    var same = [scalar]
    let properties = scalar.properties
    for mapping in [properties.lowercaseMapping, properties.uppercaseMapping] {
      if let only = mapping.unicodeScalars.first, mapping.unicodeScalars.count == 1 {
        same.append(only)
      }
    }
    // The long s and the Kelvin sign fold to letters of which they are not the upper case.
    if same.contains("s") { same.append("\u{17F}") }
    if same.contains("k") { same.append("\u{212A}") }
    return ScalarClass(scalars: same)
  }

  private func peek() -> Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek() == scalar else { return false }
    position += 1
    return true
  }

  private func error(_ expected: String) -> PatternError {
    var rest = String.UnicodeScalarView()
    rest.append(contentsOf: scalars[min(position, scalars.count)...].prefix(20))
    return PatternError(expected: expected, found: rest.isEmpty ? "the end" : String(rest))
  }
}

extension ScalarClass {
  /// The scalar of a class of one.
  fileprivate var onlyScalar: Unicode.Scalar? {
    guard !isNegated, items.count == 1, case .range(let range) = items[0], range.count == 1 else {
      return nil
    }
    return Unicode.Scalar(range.lowerBound)
  }
}
