import Foundation
import GRDB

/// Collects the terms of passages in order of rows and writes the BM25 tables.
///
/// Postings gather in memory, a few bytes each. Whenever they pass the budget they go to a
/// temporary table as one run; at the end the runs of each term, whose rows follow one another, are
/// joined. Only the vocabulary and the lengths stay in memory throughout. Terms are numbered as
/// they first appear, so one sequence of passages gives one set of tables, whatever the budget.
package struct PostingsBuilder {
  private let db: Database
  private let budget: Int
  private let stream: TermStream
  private var vocabulary: [String: Int] = [:]
  /// For each term its postings since the last run: distance to the row before and frequency.
  private var pending: [[UInt8]] = []
  private var lastRows: [Int] = []
  private var pendingBytes = 0
  private var runs = 0
  private var occurrences: [Int] = []
  package private(set) var lengths: [UInt32] = []

  /// - Parameter budget: bytes of postings to hold in memory before they go to the disk.
  package init(_ db: Database, analyzer: Analyzer, budget: Int = 64 << 20) throws {
    self.db = db
    self.budget = budget
    stream = TermStream(analyzer)
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS temp.runs;
        CREATE TEMPORARY TABLE runs (
          term INTEGER, run INTEGER, postings BLOB NOT NULL, PRIMARY KEY (term, run)) WITHOUT ROWID
        """)
  }

  /// Adds the next row.
  package mutating func add(_ passage: Passage) throws {
    occurrences.removeAll(keepingCapacity: true)
    stream.forEachTerm(in: passage.title + "\n" + passage.text) { term in
      occurrences.append(number(of: term))
    }
    let row = lengths.count
    lengths.append(UInt32(occurrences.count))
    occurrences.sort()
    var start = 0
    for end in 1..<(occurrences.count + 1)
    where end == occurrences.count || occurrences[end] != occurrences[start] {
      append(row, frequency: end - start, to: occurrences[start])
      start = end
    }
    if pendingBytes > budget { try writeRun() }
  }

  private mutating func number(of term: String) -> Int {
    if let number = vocabulary[term] { return number }
    let number = vocabulary.count
    vocabulary[term] = number
    pending.append([])
    lastRows.append(0)
    return number
  }

  private mutating func append(_ row: Int, frequency: Int, to term: Int) {
    let before = pending[term].count
    appendVariableLength(row - lastRows[term], to: &pending[term])
    appendVariableLength(frequency, to: &pending[term])
    lastRows[term] = row
    pendingBytes += pending[term].count - before
  }

  private mutating func writeRun() throws {
    let insert = try db.makeStatement(
      sql: "INSERT INTO temp.runs (term, run, postings) VALUES (?, ?, ?)")
    for term in pending.indices where !pending[term].isEmpty {
      try insert.execute(arguments: [term, runs, Data(pending[term])])
      pending[term] = []
    }
    runs += 1
    pendingBytes = 0
  }

  /// Writes vocabulary, postings and lengths.
  ///
  /// - Parameter progress: called with the terms written so far.
  package mutating func finish(
    parameters: BM25Parameters, progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> (vocabularySize: Int, termCount: Int) {
    try writeRun()
    let termCount = lengths.reduce(0) { $0 + Int($1) }
    let average = lengths.isEmpty ? 0 : Double(termCount) / Double(lengths.count)
    let bm25 = BM25(parameters: parameters, count: lengths.count, averageLength: average)
    try IndexSchema.recreateTermTables(db)
    let documents = try writePostings(bm25, progress)
    let insert = try db.makeStatement(
      sql: "INSERT INTO vocabulary (id, term, documents) VALUES (?, ?, ?)")
    for (term, number) in vocabulary.sorted(by: { $0.value < $1.value }) {
      try insert.execute(arguments: [number, term, documents[number]])
    }
    let bytes = lengths.flatMap(\.littleEndianBytes)
    try db.execute(sql: "INSERT INTO lengths (list) VALUES (?)", arguments: [Data(bytes)])
    try db.execute(sql: "DROP TABLE temp.runs")
    return (vocabulary.count, termCount)
  }

  /// Joins the runs of each term; gives the number of documents that hold it.
  private func writePostings(
    _ bm25: BM25, _ progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [Int] {
    let insert = try db.makeStatement(sql: "INSERT INTO postings (term, list) VALUES (?, ?)")
    var documents = [Int](repeating: 0, count: vocabulary.count)
    var postings = Postings()
    var term = 0
    func write() throws {
      documents[term] = postings.rows.count
      let list = PostingList.encode(postings, lengths: lengths, bm25: bm25)
      try insert.execute(arguments: [term, list])
      if term % 10_000 == 0 { try progress(term, vocabulary.count) }
    }
    let runs = try Row.fetchCursor(
      db, sql: "SELECT term, postings FROM temp.runs ORDER BY term, run")
    while let run = try runs.next() {
      let next = try run.decode(Int.self, atIndex: 0)
      if next != term {
        try write()
        postings = Postings()
        term = next
      }
      decodeRun(try run.decode(atIndex: 1), to: &postings)
    }
    if !vocabulary.isEmpty { try write() }
    try progress(vocabulary.count, vocabulary.count)
    return documents
  }

  private func decodeRun(_ run: Data, to postings: inout Postings) {
    var row = Int(postings.rows.last ?? 0)
    var bytes = Array(run).makeIterator()
    while let gap = nextVariableLength(&bytes), let frequency = nextVariableLength(&bytes) {
      row += gap
      postings.rows.append(UInt32(row))
      postings.frequencies.append(UInt32(frequency))
    }
  }
}

/// Appends a number in 7 bits a byte, lowest first; all bytes but the last have their top bit set.
private func appendVariableLength(_ number: Int, to bytes: inout [UInt8]) {
  var rest = number
  while rest >= 0x80 {
    bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
    rest >>= 7
  }
  bytes.append(UInt8(rest))
}

private func nextVariableLength(_ bytes: inout IndexingIterator<[UInt8]>) -> Int? {
  var number = 0
  var shift = 0
  while let byte = bytes.next() {
    number |= Int(byte & 0x7F) << shift
    if byte < 0x80 { return number }
    shift += 7
  }
  return nil
}
