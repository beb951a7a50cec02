/// What reading a file left out: bad records, where those are skipped, and fields that the format's
/// reader has no place for.
package final class ReadingReport {
  /// Bad records that were left out.
  package private(set) var skipped = 0
  /// The first of them.
  package private(set) var firstSkipped: InputError?
  private let skipsBad: Bool
  private var seen: [String: Int] = [:]
  private var asked: Set<String> = []

  package init(skipsBad: Bool = false) { self.skipsBad = skipsBad }

  /// Fields that stood in the file and that nothing read, by their paths (`ctxs.title_score`), and
  /// how often each.
  package var unread: [(path: String, count: Int)] {
    seen.filter { !asked.contains($0.key) }.map { (path: $0.key, count: $0.value) }
      .sorted { $0.path < $1.path }
  }

  /// Notes that a record has this field.
  package func see(_ path: String) { seen[path, default: 0] += 1 }

  /// Notes that the reader knows this field.
  func ask(_ path: String) { asked.insert(path) }

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
