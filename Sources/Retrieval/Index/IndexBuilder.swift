import Foundation
import GRDB

/// Builds an index from a corpus; interrupted at any point, the next run goes on where it stopped.
///
/// Three phases, each with its own record in the database of how far it came: passages are stored
/// as they stream by, vectors are computed batch by batch, and the BM25 tables are written in one
/// transaction that also marks the index as complete.
package struct IndexBuilder {
  /// Hands every passage of a corpus, in a fixed order, to `body`.
  package typealias Source = (_ body: (Passage) throws -> Void) throws -> Void
  /// Gives row-major vectors `[passages, dimension]`, already normalized.
  package typealias Encoder = (_ passages: [Passage]) throws -> [Float]
  /// Hears how much of a phase is done, and of how much if that is known; may throw to stop.
  package typealias Progress = (_ phase: String, _ done: Int, _ total: Int?) throws -> Void

  package enum Outcome: Equatable, Sendable {
    case built
    /// The index held the same corpus with the same settings already.
    case alreadyComplete
  }

  private let folder: IndexFolder
  private let settings: IndexSettings
  private let encoder: Encoder?
  private let batchSize: Int
  private let progress: Progress

  /// - Parameter batchSize: passages that the encoder gets at a time, which is also the most that an
  ///   interruption loses.
  /// - Requires: an encoder exactly if the settings describe one.
  package init(
    path: String, settings: IndexSettings, encoder: Encoder? = nil, batchSize: Int = 512,
    progress: @escaping Progress = { _, _, _ in }
  ) {
    precondition(
      (settings.encoder == nil) == (encoder == nil),
      "expected an encoder and its description, found one of them")
    folder = IndexFolder(path: path)
    self.settings = settings
    self.encoder = encoder
    self.batchSize = batchSize
    self.progress = progress
  }

  /// Brings the index to hold `source`, or with `append` what it holds and `source` behind it.
  ///
  /// - Throws: `IndexError`, and whatever the source or the encoder throws; what was finished until
  ///   then is kept. An append whose passages cannot all be stored leaves the index as it was.
  package func build(append: Bool = false, from source: Source) throws -> Outcome {
    try withIndexErrors(path: folder.path) {
      let database = try folder.openForWriting()
      defer { try? database.close() }
      try IndexRemoval.finishPending(database, folder, progress: progress)
      var intake = try database.write { db in try begin(db, append: append) }
      let isComplete = try database.read { db in
        try Meta.state(db, path: folder.path) == .complete
      }
      if isComplete && append {
        try database.write { db in
          try Meta.set(.state, IndexState.building.rawValue, db)
          try Meta.set(.appendBase, intake.base, db)
          try takeIn(&intake, source, database, transaction: db)
        }
      } else {
        try takeIn(&intake, source, database, transaction: nil)
        if isComplete { return .alreadyComplete }
      }
      try encode(database, count: intake.stored)
      try finishIndex(database, folder, progress: progress)
      return .built
    }
  }

  /// Creates the tables or checks that they go with the settings, and finds where to go on.
  private func begin(_ db: Database, append: Bool) throws -> PassageIntake {
    if try IndexSchema.isEmpty(db) {
      try IndexSchema.create(db)
      try Meta.write(settings, db)
      try Meta.set(.state, IndexState.building.rawValue, db)
    }
    try IndexSchema.check(db, path: folder.path)
    try checkSettings(try Meta.settings(db, path: folder.path))
    let stored = try Int.fetchOne(db, sql: "SELECT count(*) FROM passages") ?? 0
    if try Meta.state(db, path: folder.path) == .complete {
      return PassageIntake(
        path: folder.path, base: append ? stored : 0, stored: stored, adds: append)
    }
    let base = try Meta.value(.appendBase, db).flatMap { Int($0) }
    guard base == nil || append else {
      throw IndexError(
        .unfinished, "an append was interrupted", path: folder.path,
        hint: "run the same command with --append again")
    }
    return PassageIntake(path: folder.path, base: base ?? 0, stored: stored, adds: true)
  }

  private func checkSettings(_ found: IndexSettings) throws {
    func check(_ what: String, _ found: String, _ expected: String) throws {
      guard found != expected else { return }
      throw IndexError(
        .mismatch, "the index was begun with another \(what)", path: folder.path,
        expected: expected, found: found,
        hint: "give the same settings, or delete the folder and index again")
    }
    try check("analyzer", found.analyzer.rawValue, settings.analyzer.rawValue)
    try check("k1", "\(found.bm25.k1)", "\(settings.bm25.k1)")
    try check("b", "\(found.bm25.b)", "\(settings.bm25.b)")
    func words(_ encoder: EncoderDescription?) -> String {
      guard let encoder else { return "none" }
      return "\(encoder.dimension) floats, \(encoder.pooling) pooling, SHA-256 \(encoder.checksum)"
    }
    try check("encoder", words(found.encoder), words(settings.encoder))
    guard settings.encoder != nil else { return }
    try check("storage of vectors", found.vectors.rawValue, settings.vectors.rawValue)
  }

  /// Streams the corpus in, in one transaction of its own for each batch, or in the one given.
  private func takeIn(
    _ intake: inout PassageIntake, _ source: Source, _ database: DatabaseQueue,
    transaction: Database?
  ) throws {
    func flush(_ intake: inout PassageIntake) throws {
      if let transaction {
        try intake.flush(transaction)
      } else {
        try database.write { db in try intake.flush(db) }
      }
    }
    try source { passage in
      guard intake.take(passage) else { return }
      try flush(&intake)
      try progress("passages", intake.records, nil)
    }
    try flush(&intake)
    try intake.finish()
    try progress("passages", intake.records, intake.records)
  }

  /// Computes the vectors that are still missing.
  private func encode(_ database: DatabaseQueue, count: Int) throws {
    guard let encoder, let dimension = settings.encoder?.dimension else { return }
    let journaled = try database.read { db in try Meta.value(.vectorsDone, db) }
    let layout = VectorLayout(settings.vectors, dimension: dimension)
    let done = min(Int(journaled ?? "") ?? 0, folder.capacity(layout))
    var file = try VectorFileWriter(path: folder.vectors, layout: layout, count: done)
    while file.count < count {
      let rows = file.count..<min(file.count + batchSize, count)
      let passages = try database.read { db in try fetchPassages(db, rows: rows) }
      let vectors = try encoder(passages)
      precondition(
        vectors.count == passages.count * dimension,
        "expected \(passages.count) vectors of \(dimension) floats, found \(vectors.count) floats")
      try file.append(vectors)
      try database.write { db in try Meta.set(.vectorsDone, rows.upperBound, db) }
      try progress("vectors", rows.upperBound, count)
    }
    try file.finish()
  }
}

extension IndexFolder {
  /// Opens the database, creating what is missing, and keeps every other process from it.
  func openForWriting() throws -> DatabaseQueue {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw IndexError(.storage, "the folder cannot be made", path: path)
    }
    var configuration = Configuration()
    configuration.busyMode = .immediateError
    // The lock stays until the connection closes, or its process ends in whatever way.
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -32768")
    }
    let queue = try DatabaseQueue(path: database, configuration: configuration)
    try queue.writeWithoutTransaction { db in try db.inTransaction(.exclusive) { .commit } }
    return queue
  }

  /// Vectors that the file can hold at its present length, 0 where there is none.
  fileprivate func capacity(_ layout: VectorLayout) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: vectors)
    return layout.capacity(fileSize: attributes?[.size] as? Int ?? 0)
  }
}
