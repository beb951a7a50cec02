import Foundation
import GRDB
import Native

/// Writes the BM25 tables of a draft and marks it as complete: all of it, or on interruption
/// nothing.
struct IndexFinish {
  /// Once more than this share of the rows is of removed passages, everything is written anew.
  private static let removedShare = 0.25

  let draft: IndexDraft
  /// Bytes that analysis may use.
  let memory: Int
  let progress: IndexBuilder.Progress

  private var folder: IndexFolder { draft.folder }

  /// Adds passages that stand in the table already to all others.
  ///
  /// - Parameter base: the row of the first of them; 0 for a new index.
  func add(_ terms: IndexedTerms, from base: Int, vectors: String?) throws {
    try draft.database.write { db in
      let settings = try Meta.settings(db, path: folder.path)
      guard base > 0 || !terms.lengths.isEmpty else {
        throw IndexError(.mismatch, "the corpus holds no passages", path: folder.path)
      }
      if base == 0 { try IndexSchema.recreateTermTables(db) }
      try IndexSchema.createTitles(db)
      var tables = base == 0 ? IndexTables() : try IndexTables(db, path: folder.path)
      tables.numbers = tables.numbers.adding(terms.lengths.count)
      tables.lengths += terms.lengths
      tables.termCount += terms.lengths.reduce(0) { $0 + Int($1) }
      tables.passages.add(terms.passages)
      try write(terms.runs, to: &tables, db, settings)
      try tables.complete(db, vectors: vectors)
    }
  }

  /// Takes passages out.
  ///
  /// - Parameter rows: as the table counts them.
  func remove(rows: [Int]) throws {
    try draft.database.write { db in
      let settings = try Meta.settings(db, path: folder.path)
      var tables = try IndexTables(db, path: folder.path)
      tables.numbers = tables.numbers.removing(rows)
      if isSparse(tables) {
        for row in rows { try deletePassage(row, db) }
        return try rewrite(db, tables, settings)
      }
      try takeOut(rows, of: &tables, db, settings)
      try tables.complete(db, vectors: Meta.value(Meta.checksumKey(.vectors), db))
    }
  }

  private func isSparse(_ tables: IndexTables) -> Bool {
    let removed = tables.numbers.places - tables.numbers.count
    return Double(removed) > Self.removedShare * Double(tables.numbers.places)
  }

  private func write(
    _ runs: PostingRuns, to tables: inout IndexTables, _ db: Database, _ settings: IndexSettings
  ) throws {
    do {
      var writer = try TermTables(
        db, bm25: tables.bm25(settings.bm25), lengths: tables.lengths, addingTo: tables.totals)
      try writer.write(runs) { try progress("postings", $0, nil) }
      tables.totals = writer.totals
    } catch is DamagedPostings {
      throw IndexError(
        .damaged, "the BM25 tables are damaged", path: folder.path,
        hint: "run firn verify; delete the folder and index again")
    }
  }

  private func deletePassage(_ row: Int, _ db: Database) throws {
    try db.execute(sql: "DELETE FROM passages WHERE row = ?", arguments: [row])
  }

  /// Takes passages out of the table and out of the counts; their postings stay, unseen.
  private func takeOut(
    _ rows: [Int], of tables: inout IndexTables, _ db: Database, _ settings: IndexSettings
  ) throws {
    let stream = TermStream(settings.analyzer)
    var documents: [String: Int] = [:]
    for row in rows {
      for passage in try fetchPassages(db, from: row, limit: 1) {
        var terms: Set<String> = []
        stream.forEachTerm(in: passage.title + "\n" + passage.text) { terms.insert($0) }
        for term in terms { documents[term, default: 0] += 1 }
        tables.passages.remove(RowHash.passage(passage, row: row))
      }
      tables.termCount -= Int(tables.lengths[row])
      try deletePassage(row, db)
    }
    for (term, count) in documents { try lower(term, by: count, &tables.totals, db) }
  }

  private func lower(
    _ term: String, by count: Int, _ totals: inout TermTotals, _ db: Database
  ) throws {
    let found = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT id, documents FROM vocabulary WHERE term = ?"),
      arguments: [term])
    guard let found, case let id = try found.decode(Int.self, atIndex: 0),
      case let before = try found.decode(Int.self, atIndex: 1), before >= count
    else {
      throw IndexError(
        .damaged, "the vocabulary does not go with the passages", path: folder.path,
        hint: "run firn verify; delete the folder and index again")
    }
    try db.cachedStatement(sql: "UPDATE vocabulary SET documents = ? WHERE id = ?")
      .execute(arguments: [before - count, id])
    if before == count { totals.vocabularySize -= 1 }
    totals.vocabulary.remove(RowHash.term(term, id: id, documents: before))
    totals.vocabulary.add(RowHash.term(term, id: id, documents: before - count))
  }
}

extension IndexFinish {
  /// Writes everything as a build of the passages that are left would.
  private func rewrite(_ db: Database, _ old: IndexTables, _ settings: IndexSettings) throws {
    try db.execute(
      sql: """
        ALTER TABLE passages RENAME TO old;
        \(IndexSchema.passagesTable);
        INSERT INTO passages
          SELECT row_number() OVER (ORDER BY row) - 1, id, title, text FROM old ORDER BY row;
        DROP TABLE old;
        """)
    try IndexSchema.createTitles(db)
    try IndexSchema.recreateTermTables(db)
    let indexer = try TermIndexer(settings.analyzer, memory: memory, folder: folder.path)
    let rows = try Row.fetchCursor(db, sql: "SELECT id, title, text FROM passages ORDER BY row")
    var done = 0
    while let row = try rows.next() {
      try indexer.add(try Passage(row))
      done += 1
      if done % 2048 == 0 { try progress("terms", done, old.numbers.count) }
    }
    let terms = try indexer.finish()
    var tables = IndexTables()
    tables.numbers = tables.numbers.adding(done)
    tables.lengths = terms.lengths
    tables.termCount = terms.lengths.reduce(0) { $0 + Int($1) }
    tables.passages = terms.passages
    try write(terms.runs, to: &tables, db, settings)
    var vectors: String?
    if settings.encoder != nil {
      vectors = try keepVectors(old.numbers)
      try Meta.set(.vectorsDone, done, db)
    }
    try tables.complete(db, vectors: vectors)
  }

  /// Copies the vectors that are left to a new file and gives its checksum.
  private func keepVectors(_ numbers: RowNumbers) throws -> String? {
    let old = try VectorFile(path: folder.vectors)
    guard old.count >= numbers.places else {
      throw IndexError(
        .damaged, "vectors and passages do not match", path: folder.vectors,
        expected: "\(numbers.places) vectors", found: "\(old.count)")
    }
    try folder.remove(folder.newVectors)
    var new = try VectorFileWriter(path: folder.newVectors, layout: old.layout, count: 0)
    let batch = 4096
    for start in stride(from: 0, to: numbers.places, by: batch) {
      let end = min(start + batch, numbers.places)
      try new.append(StoredVectors(rows: (start..<end).filter(numbers.holds), of: old))
    }
    return try new.finish()
  }
}
