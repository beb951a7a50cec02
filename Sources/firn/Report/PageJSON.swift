import Foundation

/// JSON as it may stand in a script element: without `<`, which could end the element, and without
/// the separators of lines that older scripts take for line ends.
struct PageJSON {
  let text: String

  static let null = PageJSON(text: "null")

  private init(text: String) { self.text = text }
  init(_ number: Int) { text = "\(number)" }
  init(_ number: Int?) { text = number.map { "\($0)" } ?? "null" }
  init(_ items: [PageJSON]) { text = "[\(items.map(\.text).joined(separator: ","))]" }
  init(_ items: some Sequence<Int>) { self.init(items.map { PageJSON($0) }) }
  init(_ items: [String]) { self.init(items.map { PageJSON($0) }) }

  /// A number with at most four significant digits.
  init(rounded number: Double) {
    text = number == 0 ? "0" : String(format: "%.4g", number)
  }

  init(_ fields: KeyValuePairs<String, PageJSON>) {
    text = "{\(fields.map { "\(PageJSON($0).text):\($1.text)" }.joined(separator: ","))}"
  }

  init(_ string: String) {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "<", "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}":
        text += String(format: "\\u%04x", scalar.value)
      default: text.unicodeScalars.append(scalar)
      }
    }
    self.text = text + "\""
  }

  /// A data block, which no browser runs.
  func element(id: String) -> String {
    "<script type=\"application/json\" id=\"\(id)\">\(text)</script>\n"
  }
}
