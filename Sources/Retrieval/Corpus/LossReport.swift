/// What a format that is written has no place for, and for how many records each.
package final class LossReport {
  package private(set) var losses: [(what: String, records: Int)] = []

  package init() {}

  /// Notes a loss of one record.
  package func add(_ what: String) {
    if let place = losses.firstIndex(where: { $0.what == what }) {
      losses[place].records += 1
    } else {
      losses.append((what, 1))
    }
  }

  /// Notes what a record holds beyond what its format carries.
  package func add<Field>(_ held: [Field], notIn carried: Set<Field>)
  where Field: RawRepresentable<String> & Hashable {
    for field in held where !carried.contains(field) { add(field.rawValue) }
  }

  /// A field of a line of columns: its text, with blanks for what would end it or the line.
  package func column(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0 == "\t" || $0.isLineEnd }) else { return text }
    add("tabs and line ends inside a text")
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text.unicodeScalars.map { $0 == "\t" || $0.isLineEnd ? " " : $0 })
    return String(scalars)
  }
}

extension Unicode.Scalar {
  fileprivate var isLineEnd: Bool { self == "\n" || self == "\r" }
}
