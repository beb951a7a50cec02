import Foundation
import GRDB
import Native

/// Writes the BM25 tables, or adds to them, from what passages were turned into.
///
/// Terms come in ascending order. While one batch of them is written, other threads encode the
/// next. New terms get the next ids, so one sequence of builds gives one set of tables.
struct TermTables {
  /// Bytes of undecoded postings in a batch.
  private static let batchSize = 8 << 20

  private let db: Database
  private let bm25: BM25
  private let lengths: [UInt32]
  private let find: Statement?
  private let insertTerm: Statement
  private let insertList: Statement
  private let updateTerm: Statement
  private let updateList: Statement
  private var nextID: Int
  private var written = 0
  private(set) var totals: TermTotals

  /// - Parameters:
  ///   - bm25: of the passages that the tables will hold.
  ///   - lengths: the terms of each row that they will hold.
  ///   - totals: what the tables hold already.
  init(
    _ db: Database, bm25: BM25, lengths: [UInt32], addingTo totals: TermTotals = TermTotals()
  ) throws {
    self.db = db
    self.bm25 = bm25
    self.lengths = lengths
    self.totals = totals
    let last = try Int.fetchOne(db, sql: "SELECT max(id) FROM vocabulary")
    nextID = last.map { $0 + 1 } ?? 0
    find = try last.map { _ in
      try db.makeStatement(
        sql: """
          SELECT id, documents, list FROM vocabulary JOIN postings ON postings.term = id
          WHERE vocabulary.term = ?
          """)
    }
    insertTerm = try db.makeStatement(
      sql: "INSERT INTO vocabulary (id, term, documents) VALUES (?, ?, ?)")
    insertList = try db.makeStatement(sql: "INSERT INTO postings (term, list) VALUES (?, ?)")
    updateTerm = try db.makeStatement(sql: "UPDATE vocabulary SET documents = ? WHERE id = ?")
    updateList = try db.makeStatement(sql: "UPDATE postings SET list = ? WHERE term = ?")
  }

  /// Writes all terms.
  ///
  /// - Parameter progress: called with the terms written so far.
  /// - Throws: `DamagedPostings` when what the tables hold cannot be read.
  mutating func write(
    _ runs: PostingRuns, progress: (_ done: Int) throws -> Void
  ) throws {
    var runs = PostingRunsAhead(runs)
    var underWay: Background<[EncodedTerm]>?
    while true {
      let batch = try nextBatch(&runs)
      let (bm25, lengths) = (bm25, lengths)
      let encoding = Background(now: Parallel.threads == 1) {
        try Parallel.map(batch.count) { try batch[$0].encoded(bm25, lengths) }
      }
      try store(underWay?.value() ?? [])
      try progress(written)
      if batch.isEmpty { return }
      underWay = encoding
    }
  }

  private mutating func nextBatch(_ runs: inout PostingRunsAhead) throws -> [MergedTerm] {
    var batch: [MergedTerm] = []
    var size = 0
    while size < Self.batchSize, let (term, lists) = try runs.next() {
      let known = try find.flatMap { find in
        try Row.fetchOne(find, arguments: [term]).map { row in
          (
            id: try row.decode(Int.self, atIndex: 0),
            documents: try row.decode(Int.self, atIndex: 1),
            list: try row.decode(Data.self, atIndex: 2)
          )
        }
      }
      batch.append(
        MergedTerm(
          id: known?.id ?? nextID, term: term, lists: lists, documents: known?.documents ?? 0,
          before: known?.list))
      if known == nil { nextID += 1 }
      size += lists.reduce(64) { $0 + $1.count } + (known?.list.count ?? 0)
    }
    return batch
  }

  private mutating func store(_ terms: [EncodedTerm]) throws {
    for term in terms {
      if term.isNew {
        try insertTerm.execute(arguments: [term.id, term.term, term.documents])
        try insertList.execute(arguments: [term.id, term.list])
      } else {
        try updateTerm.execute(arguments: [term.documents, term.id])
        try updateList.execute(arguments: [term.list, term.id])
      }
      // A term of removed passages alone counts as none.
      if term.documents == term.added { totals.vocabularySize += 1 }
      totals.vocabulary.add(term.vocabularyChange)
      totals.postings.add(term.postingsChange)
    }
    written += terms.count
  }
}

/// What the BM25 tables hold in all.
struct TermTotals: Equatable, Sendable {
  /// Terms that some passage holds.
  var vocabularySize = 0
  var vocabulary = MultisetDigest()
  var postings = MultisetDigest()

  init() {}
}

/// A term with its new postings and those that the tables hold of it.
private struct MergedTerm: Sendable {
  let id: Int
  let term: String
  let lists: [[UInt8]]
  /// Passages that hold it so far.
  let documents: Int
  let before: Data?

  func encoded(_ bm25: BM25, _ lengths: [UInt32]) throws -> EncodedTerm {
    var postings = Postings()
    for list in lists { postings.append(run: list) }
    postings.sort()
    let added = postings.rows.count
    let list =
      try before.map { before in
        try PostingList(before.bytes, count: lengths.count)
          .encode(adding: postings, lengths: lengths, bm25: bm25)
      } ?? PostingList.encode(postings, lengths: lengths, bm25: bm25)
    var (vocabulary, lists) = (MultisetDigest(), MultisetDigest())
    if let before {
      vocabulary.remove(RowHash.term(term, id: id, documents: documents))
      lists.remove(RowHash.list(before.bytes, id: id))
    }
    vocabulary.add(RowHash.term(term, id: id, documents: documents + added))
    lists.add(RowHash.list(list.bytes, id: id))
    return EncodedTerm(
      id: id, term: term, isNew: before == nil, added: added, documents: documents + added,
      list: list, vocabularyChange: vocabulary, postingsChange: lists)
  }
}

private struct EncodedTerm: Sendable {
  let id: Int
  let term: String
  let isNew: Bool
  /// Passages that hold it and came new.
  let added: Int
  /// Passages that hold it.
  let documents: Int
  let list: Data
  let vocabularyChange, postingsChange: MultisetDigest
}
