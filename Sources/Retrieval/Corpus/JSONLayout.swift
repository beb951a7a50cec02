/// How a JSON file holds its records, and the keys of the first one, seen in its first bytes.
package struct JSONHead {
  package enum Layout {
    /// One record a line.
    case lines
    /// Records that may stretch over lines, one after another.
    case values
    /// One array of records.
    case array
    /// SQuAD's form: an object with an array of records inside.
    case nested
  }
  package private(set) var layout: Layout
  package private(set) var keys: Set<String> = []

  /// Nil when the text does not begin as JSON does. It may end anywhere.
  package init?(_ head: [UInt8]) {
    guard let first = head.firstIndex(where: { !$0.isBlank }) else { return nil }
    guard head[first] == UInt8(ascii: "{") || head[first] == UInt8(ascii: "[") else { return nil }
    let isArray = head[first] == UInt8(ascii: "[")
    layout = isArray ? .array : .lines
    let end = scan(head[first...], keysAtDepth: isArray ? 2 : 1)
    if isArray { return }
    if keys.contains("data"), keys.isDisjoint(with: ["id", "_id", "text", "question"]) {
      layout = .nested
    } else if let end, JSONHead.opensWithMore(head[end...]) {
      layout = .values
    }
  }

  /// Collects the keys of the first object.
  /// - Returns: where the first line ends, if the object is still open there.
  private mutating func scan(_ bytes: ArraySlice<UInt8>, keysAtDepth level: Int) -> Int? {
    var depth = 0
    var openEnd: Int?
    var index = bytes.startIndex
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth < level { return openEnd }
      case 0x0A: openEnd = openEnd ?? index
      case UInt8(ascii: "\""):
        let start = index + 1
        index = JSONHead.closingQuote(bytes, after: index)
        let after = bytes[index...].dropFirst().first { !$0.isBlank }
        if depth == level, after == UInt8(ascii: ":") {
          keys.insert(String(decoding: bytes[start..<index], as: UTF8.self))
        }
      default: break
      }
      index += 1
    }
    return openEnd
  }

  /// The quote that ends a string, or the end of `bytes`.
  private static func closingQuote(_ bytes: ArraySlice<UInt8>, after quote: Int) -> Int {
    var index = quote + 1
    while index < bytes.endIndex, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index, bytes.endIndex)
  }

  /// Whether the text after an open first line goes on with it. A line that begins another object
  /// says instead that the first one was cut off.
  private static func opensWithMore(_ rest: ArraySlice<UInt8>) -> Bool {
    rest.dropFirst().first != UInt8(ascii: "{")
  }
}
