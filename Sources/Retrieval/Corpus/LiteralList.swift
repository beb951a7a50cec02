/// Parses a list of string literals as Python writes it, such as `['a', "b's"]`.
/// Nothing is evaluated: whatever is not a literal is refused.
package enum LiteralList {
  /// - Returns: nil unless the whole text is one list of strings and numbers; a number's own text
  ///   is kept.
  package static func parse(_ text: String) -> [String]? {
    var parser = LiteralParser(rest: text.unicodeScalars[...])
    return parser.list()
  }

  /// The list as Python prints it.
  package static func text(_ items: [String]) -> String {
    "[\(items.map(literal).joined(separator: ", "))]"
  }

  /// In single quotes unless that takes more escapes, as Python chooses.
  private static func literal(_ item: String) -> String {
    let scalars = item.unicodeScalars
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var result = String(quote)
    for scalar in scalars {
      switch scalar {
      case "\\", quote: result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7F}"..."\u{A0}", "\u{AD}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        let (mark, width) = scalar.value < 0x100 ? ("x", 2) : ("u", 4)
        result += "\\\(mark)" + String(repeating: "0", count: width - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + String(quote)
  }
}

private struct LiteralParser {
  var rest: Substring.UnicodeScalarView

  mutating func list() -> [String]? {
    guard take("[") else { return nil }
    var items: [String] = []
    while !take("]") {
      guard let item = item() else { return nil }
      items.append(item)
      if take("]") { break }
      guard take(",") else { return nil }
    }
    skipBlanks()
    return rest.isEmpty ? items : nil
  }

  private mutating func item() -> String? {
    skipBlanks()
    guard rest.first == "'" || rest.first == "\"" else { return number() }
    var item = ""
    // Python joins literals that stand side by side.
    while let quote = rest.first, quote == "'" || quote == "\"" {
      guard let part = string(quote) else { return nil }
      item += part
      skipBlanks()
    }
    return item
  }

  private mutating func number() -> String? {
    let digits = rest.prefix { "+-.0123456789".unicodeScalars.contains($0) }
    guard Double(String(digits)) != nil else { return nil }
    rest = rest[digits.endIndex...]
    return String(digits)
  }

  private mutating func string(_ quote: Unicode.Scalar) -> String? {
    rest.removeFirst()
    var result = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == quote { return String(result) }
      guard scalar == "\\" else {
        result.append(scalar)
        continue
      }
      guard let escaped = escape() else { return nil }
      result.append(contentsOf: escaped)
    }
    return nil
  }

  /// What follows a backslash; Python keeps the backslash of an escape that it does not know.
  private mutating func escape() -> [Unicode.Scalar]? {
    guard let scalar = rest.popFirst() else { return nil }
    switch scalar {
    case "\\", "'", "\"": return [scalar]
    case "n": return ["\n"]
    case "t": return ["\t"]
    case "r": return ["\r"]
    case "a": return ["\u{7}"]
    case "b": return ["\u{8}"]
    case "f": return ["\u{C}"]
    case "v": return ["\u{B}"]
    case "0"..."7": return octal(scalar)
    case "x": return hex(2)
    case "u": return hex(4)
    case "U": return hex(8)
    default: return ["\\", scalar]
    }
  }

  /// One to three octal digits.
  private mutating func octal(_ first: Unicode.Scalar) -> [Unicode.Scalar]? {
    let more = rest.prefix(2).prefix { ("0"..."7").contains($0) }
    rest = rest[more.endIndex...]
    return UInt32("\(first)\(String(more))", radix: 8).flatMap(Unicode.Scalar.init).map { [$0] }
  }

  private mutating func hex(_ count: Int) -> [Unicode.Scalar]? {
    let digits = rest.prefix(count)
    guard digits.count == count, digits.allSatisfy(\.properties.isASCIIHexDigit),
      let value = UInt32(String(digits), radix: 16), let scalar = Unicode.Scalar(value)
    else { return nil }
    rest = rest[digits.endIndex...]
    return [scalar]
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard rest.first == scalar else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func skipBlanks() {
    rest = rest.drop { $0.properties.isWhitespace }
  }
}
