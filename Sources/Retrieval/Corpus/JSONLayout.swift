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
    /// One object that is records, or texts, by their ids.
    case members
  }
  package private(set) var layout: Layout
  package private(set) var keys: Set<String> = []
  /// The keys of all objects inside that record, as far as it can be seen.
  package private(set) var innerKeys: Set<String> = []
  /// The first bytes of the first record's values.
  private var values: Set<UInt8> = []

  /// Nil when the text does not begin as JSON does. It may end anywhere.
  package init?(_ head: [UInt8]) {
    guard let first = head.firstIndex(where: { !$0.isBlank }) else { return nil }
    guard head[first] == UInt8(ascii: "{") || head[first] == UInt8(ascii: "[") else { return nil }
    let isArray = head[first] == UInt8(ascii: "[")
    layout = isArray ? .array : .lines
    let end = scan(head[first...], keysAtDepth: isArray ? 2 : 1)
    if isArray { return }
    if !keys.isDisjoint(with: ["data", "predictions"]),
      keys.isDisjoint(with: ["id", "_id", "text", "question"])
    {
      layout = .nested
    } else if isByID {
      layout = .members
    } else if let end, JSONHead.opensWithMore(head[end...]) {
      layout = .values
    }
  }

  /// Whether the first object's keys are ids. Then they are no name that a record's field has, and
  /// stand before texts or before rankings with their `contexts`.
  private var isByID: Bool {
    let names: Set = [
      "id", "_id", "qid", "docid", "example_id", "wikipedia_id", "question", "question_text",
      "query", "input", "text", "contents", "context", "title", "prediction", "header", "passage",
    ]
    guard !keys.isEmpty, keys.isDisjoint(with: names) else { return false }
    if innerKeys.contains("contexts") { return values == [UInt8(ascii: "{")] }
    return values.contains(UInt8(ascii: "\"")) && values.isDisjoint(with: "{[".utf8)
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
        let rest = bytes[index...].dropFirst().drop { $0.isBlank }
        if rest.first == UInt8(ascii: ":"), depth >= level {
          let key = String(decoding: bytes[start..<index], as: UTF8.self)
          if depth > level {
            innerKeys.insert(key)
          } else {
            keys.insert(key)
            values.formUnion(rest.dropFirst().first { !$0.isBlank }.map { [$0] } ?? [])
          }
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
