import Foundation
import Native

/// JSON that a page holds packed, so that no text in it can be taken for markup.
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
      case "\u{0}"..<"\u{20}":
        text += String(format: "\\u%04x", scalar.value)
      default: text.unicodeScalars.append(scalar)
      }
    }
    self.text = text + "\""
  }

  /// The JSON as gzip in base64, in an attribute: browsers read those several times as fast as what
  /// stands in a script element.
  func element(id: String) -> String {
    let packed = Data(gzip(Array(text.utf8))).base64EncodedString()
    return "<data hidden id=\"\(id)\" value=\"\(packed)\"></data>\n"
  }
}
