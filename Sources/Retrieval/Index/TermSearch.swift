import Foundation
import GRDB
import Native

/// What one term of a query contributes to the BM25 score of one passage.
package struct TermExplanation: Equatable, Sendable {
  package var term: String
  /// Times that the term stands in the query.
  package var queryFrequency: Int
  /// Passages that hold the term.
  package var documentFrequency: Int
  package var idf: Double
  /// Times that the term stands in the passage.
  package var termFrequency: Int
  /// queryFrequency · idf · saturation
  package var score: Double
}

extension PassageIndex {
  /// The terms that the index sees in a text.
  package func analyze(_ text: String) -> [String] {
    info.settings.analyzer.terms(in: text)
  }

  /// The best `top` passages by BM25; fewer where fewer hold a term of the query.
  ///
  /// - Parameter rows: the rows that may rank; all where there is none. Scores do not depend on it.
  package func bm25(_ query: String, top: Int, within rows: RowSet? = nil) throws -> [Hit] {
    let terms = try read { db in try queryTerms(query, db) }
    return try withDamageErrors {
      try search.top(
        top, terms.compactMap { try $0.cursor(search) }, within: places(rows))
    }.map { Hit(row: numbers.row(at: $0.row), score: $0.score) }
  }

  /// The inverse document frequency of an analyzed term.
  package func idf(_ term: String) throws -> Double {
    let documents = try read { db in try documentFrequency(term, db) }
    return info.bm25.idf(documentFrequency: documents)
  }

  /// The parts that make up the BM25 score of a row, in the order in which they are added.
  ///
  /// - Requires: a row of the index.
  package func explain(_ query: String, row: Int) throws -> [TermExplanation] {
    precondition((0..<count).contains(row), "expected a row below \(count), found \(row)")
    let terms = try read { db in try queryTerms(query, db) }
    let place = numbers.place(of: row)
    return try withDamageErrors {
      try terms.map { term in
        let cursor = try term.cursor(search)
        return TermExplanation(
          term: term.text, queryFrequency: term.count,
          documentFrequency: term.documents, idf: term.idf,
          termFrequency: try Int(cursor?.postings.frequency(in: place) ?? 0),
          score: try cursor?.score(of: place, search) ?? 0)
      }
    }
  }

  private func withDamageErrors<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch is DamagedPostings {
      throw damaged
    }
  }

  private var damaged: IndexError {
    IndexError(
      .damaged, "the BM25 tables are damaged", path: path,
      hint: "run firn verify; delete the folder and index again")
  }

  private func documentFrequency(_ term: String, _ db: Database) throws -> Int {
    let statement = try db.cachedStatement(sql: "SELECT documents FROM vocabulary WHERE term = ?")
    return try Int.fetchOne(statement, arguments: [term]) ?? 0
  }

  /// The distinct terms of a query in descending order of weight, ties by their bytes.
  private func queryTerms(_ query: String, _ db: Database) throws -> [QueryTerm] {
    var counts: [String: Int] = [:]
    for term in analyze(query) { counts[term, default: 0] += 1 }
    let statement = try db.cachedStatement(
      sql: """
        SELECT documents, list FROM vocabulary JOIN postings ON postings.term = vocabulary.id
        WHERE vocabulary.term = ? AND documents > 0
        """)
    let terms = try counts.map { text, count in
      let rows = try Row.fetchCursor(statement, arguments: [text])
      var documents = 0
      // A row is the statement's own for as long as the cursor lives.
      let list = try withExtendedLifetime(rows) {
        try rows.next().map { row in
          documents = try row.decode(Int.self, atIndex: 0)
          guard documents <= self.count else { throw damaged }
          return try row.withUnsafeData(atIndex: 1) { data in
            try withDamageErrors {
              try PostingList((data ?? Data()).bytes, count: numbers.places)
            }
          }
        }
      }
      let idf = info.bm25.idf(documentFrequency: documents)
      return QueryTerm(text: text, count: count, documents: documents, idf: idf, list: list)
    }
    return terms.sorted { first, second in
      first.weight != second.weight
        ? first.weight > second.weight
        : first.text.utf8.lexicographicallyPrecedes(second.text.utf8)
    }
  }
}

private struct QueryTerm {
  let text: String
  let count: Int
  /// Passages that hold it; the list may hold removed ones besides.
  let documents: Int
  let idf: Double
  /// Nothing where no passage holds the term.
  let list: PostingList?

  var weight: Double { Double(count) * idf }

  func cursor(_ search: BM25Search) throws -> TermCursor? {
    try list.map { list in
      let postings = try list.cursor(averageLength: search.bm25.averageLength)
      return TermCursor(postings: postings, weight: weight)
    }
  }
}
