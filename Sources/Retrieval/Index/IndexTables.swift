import Foundation
import GRDB
import Native

/// What of a database's tables a change must keep up to date besides the rows that it touches.
struct IndexTables {
  var numbers: RowNumbers
  /// Terms of each row, also of removed passages.
  var lengths: [UInt32]
  /// Terms in the passages that are left.
  var termCount = 0
  var totals = TermTotals()
  var passages = MultisetDigest()

  /// Those of a database without any passage.
  init() {
    numbers = RowNumbers(places: 0, removed: [])
    lengths = []
  }

  /// Those that a database holds.
  init(_ db: Database, path: String) throws {
    let damaged = IndexError(
      .damaged, "the tables do not go together", path: path,
      hint: "run firn verify; delete the folder and index again")
    let list = try Data.fetchOne(db, sql: "SELECT list FROM lengths") ?? Data()
    let removed = try Data.fetchOne(db, sql: "SELECT list FROM removals") ?? Data()
    func sum(_ part: IndexPart) throws -> MultisetDigest {
      guard let text = try Meta.value(Meta.checksumKey(part), db),
        let digest = MultisetDigest(text)
      else { throw damaged }
      return digest
    }
    guard list.count % 4 == 0,
      let numbers = RowNumbers(places: list.count / 4, removed: removed)
    else { throw damaged }
    self.numbers = numbers
    let bytes = list.bytes
    lengths = (0..<numbers.places).map { bytes.integer(at: 4 * $0, as: UInt32.self) }
    termCount = try Meta.number(.termCount, db, path: path, as: Int.self)
    totals.vocabularySize = try Meta.number(.vocabularySize, db, path: path, as: Int.self)
    totals.vocabulary = try sum(.vocabulary)
    totals.postings = try sum(.postings)
    passages = try sum(.passages)
  }

  /// BM25 over the passages that are left.
  func bm25(_ parameters: BM25Parameters) -> BM25 {
    let average = numbers.count == 0 ? 0 : Double(termCount) / Double(numbers.count)
    return BM25(parameters: parameters, count: numbers.count, averageLength: average)
  }

  /// Writes it and marks the database as complete.
  ///
  /// - Parameter vectors: the checksum of the vectors that belong to it.
  func complete(_ db: Database, vectors: String?) throws {
    try db.execute(
      sql: """
        DELETE FROM lengths;
        DELETE FROM removals;
        """)
    try db.execute(
      sql: "INSERT INTO lengths (list) VALUES (?)", arguments: [Data(bytes(of: lengths))])
    try db.execute(sql: "INSERT INTO removals (list) VALUES (?)", arguments: [numbers.data])
    try Meta.set(.count, numbers.count, db)
    try Meta.set(.vocabularySize, totals.vocabularySize, db)
    try Meta.set(.termCount, termCount, db)
    try Meta.remove(.appendBase, .appendMatrix, db: db)
    try Meta.set(.state, IndexState.complete.rawValue, db)
    let sums: [(IndexPart, String?)] = [
      (.passages, passages.hexadecimal), (.vocabulary, totals.vocabulary.hexadecimal),
      (.postings, totals.postings.hexadecimal), (.vectors, vectors),
    ]
    for (part, sum) in sums {
      if let sum { try Meta.set(Meta.checksumKey(part), sum, db) }
    }
    // The last one covers all others.
    for part in [IndexPart.lengths, .removals, .meta] {
      try Meta.set(Meta.checksumKey(part), IndexChecksums.of(part, db, nil), db)
    }
  }
}
