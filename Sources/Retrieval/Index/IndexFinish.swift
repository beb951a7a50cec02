import GRDB

/// Writes the BM25 tables from the stored passages, the counts and the checksums, and marks the
/// index as complete: all of it, or on interruption nothing.
func finishIndex(
  _ database: DatabaseQueue, _ folder: IndexFolder, progress: IndexBuilder.Progress
) throws {
  try database.write { db in
    let settings = try Meta.settings(db, path: folder.path)
    let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM passages") ?? 0
    guard try count > 0 || Meta.state(db, path: folder.path) == .removing else {
      throw IndexError(.mismatch, "the corpus holds no passages", path: folder.path)
    }
    try IndexSchema.createTitles(db)
    var builder = try PostingsBuilder(db, analyzer: settings.analyzer)
    let rows = try Row.fetchCursor(db, sql: "SELECT id, title, text FROM passages ORDER BY row")
    while let row = try rows.next() {
      try builder.add(try Passage(row))
      let done = builder.lengths.count
      if done % 2048 == 0 || done == count { try progress("terms", done, count) }
    }
    let sizes = try builder.finish(parameters: settings.bm25) { try progress("postings", $0, $1) }
    try Meta.set(.count, count, db)
    try Meta.set(.vocabularySize, sizes.vocabularySize, db)
    try Meta.set(.termCount, sizes.termCount, db)
    for part in IndexPart.allCases {
      if part == .vectors && settings.encoder == nil { continue }
      // The vectors' own header has just been given theirs.
      let stated = part == .vectors ? try VectorFile(path: folder.vectors).statedChecksum : nil
      try Meta.set(
        "\(part)Checksum", try stated ?? IndexChecksums.of(part, db, folder), db)
    }
    try Meta.remove(.appendBase, db)
    try Meta.remove(.removedRows, db)
    try Meta.set(.state, IndexState.complete.rawValue, db)
  }
}
