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
    blank(["\t", "\n", "\r"], in: text, "tabs and line ends inside a text")
  }

  /// A text that readers cut at line feeds: without any.
  func line(_ text: String) -> String { blank(["\n"], in: text, "line ends inside a text") }

  private func blank(_ cuts: Set<Unicode.Scalar>, in text: String, _ loss: String) -> String {
    guard text.unicodeScalars.contains(where: cuts.contains) else { return text }
    add(loss)
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text.unicodeScalars.map { cuts.contains($0) ? " " : $0 })
    return String(scalars)
  }
}
