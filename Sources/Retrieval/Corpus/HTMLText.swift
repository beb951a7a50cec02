import Foundation

/// The text of a piece of HTML.
enum HTMLText {
  /// Tags and comments vanish without a trace, entities are resolved, white space stays.
  /// - Returns: nil when only white space is left.
  static func plain(_ html: String) -> String? {
    let bare = html.replacingOccurrences(of: markup, with: "", options: .regularExpression)
    let text = bare.contains("&") ? resolved(bare[...]) : bare
    return text.allSatisfy(\.isWhitespace) ? nil : text
  }

  /// A comment, a tag whose attributes may hold `>` in quotes, or a tag with a stray quote.
  private static let markup = #"<!--[\s\S]*?-->|<(?:[^>"']|"[^"]*"|'[^']*')*>|<[^>]*>"#

  private static func resolved(_ text: Substring) -> String {
    var result = ""
    var rest = text
    while let start = rest.firstIndex(of: "&") {
      result += rest[..<start]
      rest = rest[start...]
      let name = rest.dropFirst().prefix { $0 != ";" && $0 != "&" && $0 != " " }
      guard rest[name.endIndex...].first == ";", let character = entity(name) else {
        result += "&"
        rest = rest.dropFirst()
        continue
      }
      result += character
      rest = rest[name.endIndex...].dropFirst()
    }
    return result + rest
  }

  private static func entity(_ name: Substring) -> String? {
    guard name.hasPrefix("#") else { return named[String(name)] }
    let digits = name.dropFirst()
    let isHex = digits.first == "x" || digits.first == "X"
    let number = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return number.flatMap(Unicode.Scalar.init).map { String($0) }
  }

  /// Names of XML, of Latin-1 and of the signs that texts are set with; Wikipedia's pages spell
  /// other characters as themselves or by number.
  private static let named: [String: String] = {
    var named = [
      "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "ndash": "–", "mdash": "—",
      "lsquo": "‘", "rsquo": "’", "sbquo": "‚", "ldquo": "“", "rdquo": "”", "bdquo": "„",
      "hellip": "…", "bull": "•", "prime": "′", "Prime": "″", "minus": "−", "euro": "€",
      "trade": "™", "thinsp": "\u{2009}", "ensp": "\u{2002}", "emsp": "\u{2003}",
    ]
    for (offset, name) in latin1.split(whereSeparator: \.isWhitespace).enumerated() {
      named[String(name)] = Unicode.Scalar(0xA0 + UInt32(offset)).map { String($0) }
    }
    return named
  }()

  /// U+00A0 to U+00FF in their order.
  private static let latin1 = """
    nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr
    deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest
    Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml
    Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times
    Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig
    agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml
    igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide
    oslash ugrave uacute ucirc uuml yacute thorn yuml
    """
}
