import GRDB

/// Stores the records of a corpus as they stream by, or checks those stored before against them.
///
/// An append that was killed just after it was done is run again by its user: a corpus whose first
/// record the index holds is checked against the index's last passages, and none is stored.
struct PassageIntake {
  /// Enough that waiting for the disk after each batch is a small part of storing it.
  private static let batchSize = 8192

  let path: String
  /// The row of the corpus' first record.
  let base: Int
  /// Whether records behind the stored ones may be added.
  private(set) var adds: Bool
  /// Whether the index ended with the corpus before.
  private(set) var repeats = false
  /// Passages that are stored of the corpus.
  private(set) var stored: Int
  private(set) var records = 0
  /// The row from which the next record that is stored is looked for; others may be empty.
  private var row: Int
  private var batch: [Passage] = []

  /// - Parameter stored: records of the corpus that are in the table.
  init(path: String, base: Int, stored: Int, adds: Bool) {
    self.path = path
    self.base = base
    self.stored = stored
    self.adds = adds
    row = base
  }

  /// Takes the next record; true when a batch is full and `flush` is due.
  mutating func take(_ passage: Passage) -> Bool {
    batch.append(passage)
    return isFull
  }

  var isFull: Bool { batch.count == Self.batchSize }

  /// Gives away what was taken and is neither compared nor stored yet.
  mutating func takeBatch() -> [Passage] {
    defer { batch = [] }
    return batch
  }

  /// The same with a batch to compare or store next.
  func holding(_ batch: [Passage]) -> PassageIntake {
    var intake = self
    intake.batch = batch
    return intake
  }

  /// Compares or stores what was taken.
  mutating func flush(_ db: Database) throws {
    if adds, stored == 0, let first = batch.first { try find(first, db) }
    let known = min(batch.count, max(0, stored - records))
    try compare(batch.prefix(known), db)
    try store(batch.dropFirst(known), from: base + records + known, db)
    records += batch.count
    stored = max(stored, records)
    batch.removeAll(keepingCapacity: true)
  }

  /// Checks that the corpus did not end before what was stored of it.
  func finish() throws {
    guard records < stored else { return }
    throw IndexError(
      .mismatch, "the index holds more passages than the corpus", path: path,
      expected: "\(stored) records", found: "\(records)", hint: remedy)
  }

  private var remedy: String {
    repeats
      ? "its first record is there already, so the index must end with the whole corpus"
      : "give the corpus that it was begun with, use --append, or index anew"
  }

  /// Looks for the corpus from where the index holds its first record, if it does.
  private mutating func find(_ first: Passage, _ db: Database) throws {
    let found = try Int.fetchOne(
      db, sql: "SELECT row FROM passages WHERE id = ?", arguments: [first.id])
    guard let found else { return }
    (row, repeats, adds) = (found, true, false)
    stored =
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM passages WHERE row >= ?", arguments: [found]) ?? 0
  }

  private mutating func compare(_ passages: ArraySlice<Passage>, _ db: Database) throws {
    guard !passages.isEmpty else { return }
    let stored = try fetchPassages(db, from: row, limit: passages.count)
    row =
      try Int.fetchOne(
        db, sql: "SELECT row FROM passages WHERE row >= ? ORDER BY row LIMIT 1 OFFSET ?",
        arguments: [row, passages.count]) ?? row + passages.count
    for (index, (old, new)) in zip(stored, passages).enumerated() where old != new {
      let record = records + index + 1
      guard old.id == new.id else {
        throw IndexError(
          .mismatch, "record \(record) of the corpus is not the one in the index", path: path,
          expected: "id “\(old.id)”", found: "“\(new.id)”", hint: remedy)
      }
      throw IndexError(
        .mismatch, "record \(record) of the corpus, id “\(new.id)”, has another title or text",
        path: path, hint: remedy)
    }
  }

  private func store(_ passages: ArraySlice<Passage>, from first: Int, _ db: Database) throws {
    guard !passages.isEmpty else { return }
    guard adds else {
      throw IndexError(
        .mismatch, "the corpus has more passages than the index", path: path,
        expected: "\(stored) records", found: "at least \(first - base + passages.count)",
        hint: remedy)
    }
    let insert = try db.cachedStatement(
      sql: "INSERT INTO passages (row, id, title, text) VALUES (?, ?, ?, ?)")
    for (row, passage) in zip(first..., passages) {
      do {
        try insert.execute(arguments: [row, passage.id, passage.title, passage.text])
      } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
        throw try duplicate(passage.id, row: row, db)
      }
    }
  }

  private func duplicate(_ id: String, row: Int, _ db: Database) throws -> IndexError {
    let other = try Int.fetchOne(
      db, sql: "SELECT row FROM passages WHERE id = ?", arguments: [id])
    let place = other.map { $0 < base ? "a passage of the index" : "record \($0 - base + 1)" }
    return IndexError(
      .duplicate, "record \(row - base + 1) has the id “\(id)” of \(place ?? "another record")",
      path: path)
  }
}

/// Passages in order of rows, from one row on.
func fetchPassages(_ db: Database, from row: Int, limit: Int) throws -> [Passage] {
  let statement = try db.cachedStatement(
    sql: "SELECT id, title, text FROM passages WHERE row >= ? ORDER BY row LIMIT ?")
  return try Row.fetchAll(statement, arguments: [row, limit]).map { try Passage($0) }
}

extension Passage {
  /// Reads columns id, title and text; a damaged database may hold anything in them.
  init(_ row: Row) throws {
    self.init(
      id: try row.decode(atIndex: 0), title: try row.decode(atIndex: 1),
      text: try row.decode(atIndex: 2))
  }
}
