import GRDB

/// What a passage must be for a search to find it; each kind of condition narrows the others.
package struct PassageFilter: Equatable, Sendable {
  /// Titles of which a passage must have one, letter by letter; none: any will do.
  package var titles: Set<String>
  /// Ids of which a passage must have one; nil: any will do.
  package var ids: Set<String>?

  package init(titles: Set<String> = [], ids: Set<String>? = nil) {
    self.titles = titles
    self.ids = ids
  }
}

extension PassageIndex {
  /// The rows that a filter lets through; nil where it lets all of them through.
  ///
  /// - Throws: `IndexError` when no passage has one of the titles or ids.
  package func rows(_ filter: PassageFilter) throws -> RowSet? {
    var found: RowSet?
    func narrow(_ values: Set<String>?, _ column: String) throws {
      guard let values else { return }
      let set = RowSet(try read { db in try rows(db, values.sorted(), column) }, of: count)
      found = found?.intersection(set) ?? set
    }
    try narrow(filter.titles.isEmpty ? nil : filter.titles, "title")
    try narrow(filter.ids, "id")
    return found
  }

  private func rows(_ db: Database, _ values: [String], _ column: String) throws -> [Int] {
    let statement = try db.cachedStatement(sql: "SELECT row FROM passages WHERE \(column) = ?")
    return try values.flatMap { value in
      let rows = try Int.fetchAll(statement, arguments: [value])
      guard !rows.isEmpty else {
        throw IndexError(.mismatch, "no passage has the \(column) “\(value)”", path: path)
      }
      return try rows.map(row)
    }
  }
}
