/// What reading a file left out: bad records, where those are skipped, and fields that the format's
/// reader has no place for.
package final class ReadingReport {
  /// Bad records that were left out.
  package private(set) var skipped = 0
  /// The first of them.
  package private(set) var firstSkipped: InputError?
  private let skipsBad: Bool
  let fields = FieldReport()

  package init(skipsBad: Bool = false) { self.skipsBad = skipsBad }

  /// Fields that stood in the file and that nothing read, by their paths (`ctxs.title_score`), and
  /// how often each.
  package var unread: [(path: String, count: Int)] {
    fields.unread.sorted { $0.path < $1.path }
  }

  /// Notes something that stood in the file and that its reader has no place for.
  package func see(_ what: String) { fields.see(what) }

  /// The value, or nil for a bad record that is to be skipped.
  /// - Throws: what `parse` throws, unless that is a malformed record and those are skipped.
  package func attempt<T>(_ parse: () throws -> T) throws -> T? {
    do {
      return try parse()
    } catch let error as InputError where skipsBad && error.kind == .malformed {
      skipped += 1
      firstSkipped = firstSkipped ?? error
      return nil
    }
  }
}

/// The fields of one kind of record: how many stood there, and which of them its reader knows.
final class FieldReport {
  private var seen: [String: Int] = [:]
  private var asked: Set<String> = []
  private var reports: [String: FieldReport] = [:]

  /// Notes that a record has this field.
  func see(_ key: String) { seen[key, default: 0] += 1 }

  /// Notes that the reader knows this field.
  func ask(_ key: String) { asked.insert(key) }

  /// The report of the records in a field.
  func inside(_ key: String) -> FieldReport {
    if let report = reports[key] { return report }
    let report = FieldReport()
    reports[key] = report
    return report
  }

  var unread: [(path: String, count: Int)] {
    let own = seen.filter { !asked.contains($0.key) }.map { (path: $0.key, count: $0.value) }
    return own
      + reports.flatMap { key, report in
        report.unread.map { (path: "\(key).\($0.path)", count: $0.count) }
      }
  }
}
