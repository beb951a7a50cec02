import Foundation
import GRDB
import Native

/// SHA-256 over the content of an index's parts, independent of how SQLite lays out its pages.
///
/// Tables of many rows have the sum of their rows' checksums, which changes can keep up to date.
enum IndexChecksums {
  static func of(_ part: IndexPart, _ db: Database, _ vectors: VectorFile?) throws -> String {
    switch part {
    case .passages: try passages(db).hexadecimal
    case .vocabulary: try vocabulary(db).hexadecimal
    case .postings: try postings(db).hexadecimal
    case .lengths: try blob("lengths", db)
    case .removals: try blob("removals", db)
    case .vectors: vectors?.checksum() ?? ""
    case .meta: try meta(db)
    }
  }

  private static func passages(_ db: Database) throws -> MultisetDigest {
    try sum("SELECT row, id, title, text FROM passages", db) { row in
      RowHash.passage(
        Passage(
          id: try row.decode(atIndex: 1), title: try row.decode(atIndex: 2),
          text: try row.decode(atIndex: 3)), row: try row.decode(atIndex: 0))
    }
  }

  private static func vocabulary(_ db: Database) throws -> MultisetDigest {
    try sum("SELECT id, term, documents FROM vocabulary", db) { row in
      RowHash.term(
        try row.decode(atIndex: 1), id: try row.decode(atIndex: 0),
        documents: try row.decode(atIndex: 2))
    }
  }

  private static func postings(_ db: Database) throws -> MultisetDigest {
    try sum("SELECT term, list FROM postings", db) { row in
      let list: Data = try row.decode(atIndex: 1)
      return RowHash.list(list.bytes, id: try row.decode(atIndex: 0))
    }
  }

  private static func sum(
    _ sql: String, _ db: Database, _ hash: (Row) throws -> SHA256
  ) throws -> MultisetDigest {
    var digest = MultisetDigest()
    let rows = try Row.fetchCursor(db, sql: sql)
    while let row = try rows.next() { digest.add(try hash(row)) }
    return digest
  }

  private static func blob(_ table: String, _ db: Database) throws -> String {
    var hash = SHA256()
    for list in try Data.fetchAll(db, sql: "SELECT list FROM \(table)") {
      hash.update(list.count)
      hash.update(list.bytes)
    }
    return hash.finished()
  }

  /// All of the table but the checksum itself, and the tables' definitions.
  private static func meta(_ db: Database) throws -> String {
    var hash = SHA256()
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT key, value FROM meta WHERE key != ?
        UNION ALL SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY 1, 2
        """, arguments: [Meta.checksumKey(.meta)])
    while let row = try rows.next() {
      hash.update(try row.decode(String.self, atIndex: 0))
      hash.update(try row.decode(String.self, atIndex: 1))
    }
    return hash.finished()
  }
}
