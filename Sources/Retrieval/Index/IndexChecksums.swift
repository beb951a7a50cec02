import Foundation
import GRDB
import Native

/// SHA-256 over the content of an index's parts, independent of how SQLite lays out its pages.
enum IndexChecksums {
  static func of(_ part: IndexPart, _ db: Database, _ folder: IndexFolder) throws -> String {
    switch part {
    case .passages: try passages(db)
    case .postings: try postings(db)
    case .lengths: try lengths(db)
    case .vectors: try VectorFile(path: folder.vectors).checksum()
    }
  }

  private static func passages(_ db: Database) throws -> String {
    var hash = SHA256()
    let rows = try Row.fetchCursor(
      db, sql: "SELECT row, id, title, text FROM passages ORDER BY row")
    while let row = try rows.next() {
      hash.update(try row.decode(Int.self, atIndex: 0))
      for column in 1...3 { hash.update(try row.decode(String.self, atIndex: column)) }
    }
    return hash.finished()
  }

  private static func postings(_ db: Database) throws -> String {
    var hash = SHA256()
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT id, vocabulary.term, documents, list
        FROM vocabulary LEFT JOIN postings ON postings.term = id ORDER BY id
        """)
    while let row = try rows.next() {
      hash.update(try row.decode(Int.self, atIndex: 0))
      hash.update(try row.decode(String.self, atIndex: 1))
      hash.update(try row.decode(Int.self, atIndex: 2))
      let list = try row.decode(Data?.self, atIndex: 3) ?? Data()
      hash.update(list.count)
      hash.update(list.bytes)
    }
    return hash.finished()
  }

  private static func lengths(_ db: Database) throws -> String {
    var hash = SHA256()
    let list = try Data.fetchOne(db, sql: "SELECT list FROM lengths") ?? Data()
    hash.update(list.bytes)
    return hash.finished()
  }
}
