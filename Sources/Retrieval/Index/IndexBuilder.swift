import Foundation
import GRDB

/// Builds an index from a corpus; interrupted at any point, the next run goes on where it stopped.
///
/// Passages are stored as they stream by, while other threads analyze them; vectors are computed
/// batch by batch; the BM25 tables are written in one transaction that also marks the index as
/// complete. All this happens beside what readers see (`IndexDraft`), and takes its place at the
/// end.
package struct IndexBuilder {
  /// Hands every passage of a corpus, in a fixed order, to `body`.
  package typealias Source = (_ body: (Passage) throws -> Void) throws -> Void
  /// Gives row-major vectors `[passages, dimension]`, already normalized.
  package typealias Encoder = (_ passages: [Passage]) throws -> [Float]
  /// Hears how much of a phase is done, and of how much if that is known; may throw to stop.
  package typealias Progress = (_ phase: String, _ done: Int, _ total: Int?) throws -> Void

  package enum Outcome: Equatable, Sendable {
    case built
    /// The index held the same corpus with the same settings already; at its end, for an append.
    case alreadyComplete
  }

  /// Bytes that a build uses where nothing is said.
  package static let usualMemory = 512 << 20

  private let folder: IndexFolder
  private let settings: IndexSettings
  private let encoder: Encoder?
  private let matrix: NumPyMatrix?
  private let batchSize: Int
  private let memory: Int
  private let progress: Progress

  /// - Parameters:
  ///   - matrix: ready vectors of the corpus, row by row, in the encoder's place.
  ///   - batchSize: passages that the encoder gets at a time, which is also the most that an
  ///     interruption loses.
  ///   - memory: bytes that analysis may use, about; what does not fit goes to the disk. The
  ///     tables do not depend on it.
  /// - Requires: an encoder or a matrix exactly if the settings describe an encoder.
  package init(
    path: String, settings: IndexSettings, encoder: Encoder? = nil, matrix: NumPyMatrix? = nil,
    batchSize: Int = 512, memory: Int = usualMemory,
    progress: @escaping Progress = { _, _, _ in }
  ) {
    precondition(
      (settings.encoder == nil) == (encoder == nil && matrix == nil),
      "expected an encoder and its description, found one of them")
    self.matrix = matrix
    folder = IndexFolder(path: path)
    self.settings = settings
    self.encoder = encoder
    self.batchSize = batchSize
    self.memory = memory
    self.progress = progress
  }

  /// Brings the index to hold `source`, or with `append` what it holds and `source` behind it.
  ///
  /// - Throws: `IndexError`, and whatever the source or the encoder throws; what was finished until
  ///   then is kept. An append whose passages cannot all be stored leaves the index as it was.
  package func build(append: Bool = false, from source: Source) throws -> Outcome {
    try withIndexErrors(path: folder.path) {
      switch try IndexDraft.find(folder) {
      case .draft(let draft):
        return try goOn(draft, append: append, source)
      case .present(let lock) where append:
        let base = try folder.readPresent { db in
          try settings.check(db, path: folder.path, append: true)
          return try IndexTables(db, path: folder.path).numbers.places
        }
        let draft = try IndexDraft.change(folder, .building, lock) { db in
          try Meta.set(.appendBase, base, db)
          try Meta.set(.appendMatrix, settings.encoder?.matrix ?? "none", db)
        }
        return try self.append(draft, from: base, source)
      case .present:
        try compare(source)
        return .alreadyComplete
      }
    }
  }

  /// Checks that the index holds the corpus.
  private func compare(_ source: Source) throws {
    try folder.readPresent { db in
      try settings.check(db, path: folder.path, append: false)
      let stored = try Int.fetchOne(db, sql: "SELECT count(*) FROM passages") ?? 0
      var intake = PassageIntake(path: folder.path, base: 0, stored: stored, adds: false)
      try takeIn(&intake, source, nil) { try $0.flush(db) }
    }
  }

  /// Begins a new index, or goes on with what was interrupted.
  private func goOn(
    _ draft: IndexDraft, append: Bool, _ source: Source
  ) throws -> Outcome {
    var intake = try draft.database.write { db in try begin(db, append: append) }
    if intake.base > 0, intake.stored == 0 {
      return try self.append(draft, from: intake.base, source)
    }
    let storing = BackgroundIntake(draft.database)
    defer { storing.abandon() }
    return try finish(draft, &intake) { intake, indexer in
      try takeIn(&intake, source, indexer) { intake in try storing.flush(&intake) }
    }
  }

  /// Puts a corpus behind what the index holds.
  private func append(
    _ draft: IndexDraft, from base: Int, _ source: Source
  ) throws -> Outcome {
    var intake = PassageIntake(path: folder.path, base: base, stored: 0, adds: true)
    return try finish(draft, &intake) { intake, indexer in
      do {
        try draft.database.write { db in
          try takeIn(&intake, source, indexer) { try $0.flush(db) }
        }
      } catch {
        try? draft.discard()
        throw error
      }
    }
  }

  private func finish(
    _ draft: IndexDraft, _ intake: inout PassageIntake,
    _ takeIn: (inout PassageIntake, TermIndexer) throws -> Void
  ) throws -> Outcome {
    let indexer = try TermIndexer(
      settings.analyzer, from: intake.base, memory: memory, folder: folder.path)
    try takeIn(&intake, indexer)
    if intake.repeats {
      try draft.discard()
      return .alreadyComplete
    }
    let terms = try indexer.finish()
    let vectors = try encode(draft.database, from: intake.base, count: intake.stored)
    try IndexFinish(draft: draft, memory: memory, progress: progress)
      .add(terms, from: intake.base, vectors: vectors)
    try draft.publish()
    return .built
  }

  /// Creates the tables or checks that they go with the settings, and finds where to go on.
  private func begin(_ db: Database, append: Bool) throws -> PassageIntake {
    if try IndexSchema.isEmpty(db) {
      try IndexSchema.create(db)
      try Meta.write(settings, db)
      try Meta.set(.state, IndexState.building.rawValue, db)
    }
    try settings.check(db, path: folder.path, append: append)
    let base = try Meta.value(.appendBase, db).flatMap { Int($0) }
    guard base == nil || append else {
      throw IndexError(
        .unfinished, "an append was interrupted", path: folder.path,
        hint: "run the same command with --append again, or give it up by deleting \(folder.draft)")
    }
    let end = try Int.fetchOne(db, sql: "SELECT max(row) + 1 FROM passages") ?? 0
    return PassageIntake(
      path: folder.path, base: base ?? 0, stored: max(0, end - (base ?? 0)), adds: true)
  }

  /// Streams the corpus in, batch by batch.
  private func takeIn(
    _ intake: inout PassageIntake, _ source: Source, _ indexer: TermIndexer?,
    flush: @escaping (inout PassageIntake) throws -> Void
  ) throws {
    try source { passage in
      if !intake.repeats { try indexer?.add(passage) }
      guard intake.take(passage) else { return }
      try flush(&intake)
      try progress("passages", intake.records, nil)
    }
    try flush(&intake)
    try intake.finish()
    try matrix?.require(rows: intake.records)
    try progress("passages", intake.records, intake.records)
  }

  /// Computes the vectors that are still missing, and gives the checksum of all.
  ///
  /// - Parameters:
  ///   - base: the place of the corpus' first passage.
  ///   - added: passages in the corpus.
  private func encode(
    _ database: DatabaseQueue, from base: Int, count added: Int
  ) throws -> String? {
    guard let dimension = settings.encoder?.dimension else { return nil }
    let count = base + added
    let journaled = try database.read { db in try Meta.value(.vectorsDone, db) }
    let layout = VectorLayout(settings.vectors, dimension: dimension)
    let done = min(Int(journaled ?? "") ?? 0, folder.capacity(layout))
    var file = try VectorFileWriter(path: folder.vectors, layout: layout, count: done)
    while file.count < count {
      let places = file.count..<min(file.count + batchSize, count)
      let vectors = try vectors(of: places, database, from: base)
      precondition(
        vectors.count == places.count * dimension,
        "expected \(places.count) vectors of \(dimension) floats, found \(vectors.count) floats")
      try file.append(vectors)
      try database.write { db in try Meta.set(.vectorsDone, file.count, db) }
      try progress("vectors", file.count, count)
    }
    return try file.finish()
  }

  private func vectors(
    of places: Range<Int>, _ database: DatabaseQueue, from base: Int
  ) throws -> [Float] {
    guard let matrix else {
      let passages = try database.read { db in
        try fetchPassages(db, from: places.lowerBound, limit: places.count)
      }
      return try encoder?(passages) ?? []
    }
    guard places.lowerBound >= base else {
      throw IndexError(
        .damaged, "vectors of passages before the corpus are gone", path: folder.path)
    }
    return try matrix.rows(places.lowerBound - base..<places.upperBound - base)
  }
}

extension IndexFolder {
  /// Vectors that the file can hold at its present length, 0 where there is none.
  fileprivate func capacity(_ layout: VectorLayout) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: vectors)
    return layout.capacity(fileSize: attributes?[.size] as? Int ?? 0)
  }
}
