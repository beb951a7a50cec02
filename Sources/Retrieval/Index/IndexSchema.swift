import GRDB

/// The tables of `index.sqlite`.
///
///     passages    row (0, 1, 2 ..., with a gap for each passage that was removed), id, title, text
///     vocabulary  id, term, documents holding it, of those that are left
///     postings    term's id, encoded `PostingList`, rows of removed passages included
///     lengths     one blob: the number of terms of each passage as u32, in order of rows
///     removals    one blob: a bit for each row, set where there is none (`RowNumbers`)
///     meta        key, value: see `MetaKey`
///
/// Versions 1 and 2 had no removals: they closed ranks at once.
enum IndexSchema {
  /// "Firn" in ASCII; tells our databases from others.
  static let applicationID = 0x4669_726E
  static let formatVersion = 3

  static func create(_ db: Database) throws {
    try db.execute(
      sql: """
        PRAGMA application_id = \(applicationID);
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        \(passagesTable);
        """)
  }

  static let passagesTable = """
    CREATE TABLE passages (
      row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, text TEXT NOT NULL)
    """

  /// Makes the BM25 tables anew, empty.
  static func recreateTermTables(_ db: Database) throws {
    try db.execute(
      sql: """
        DROP TABLE IF EXISTS vocabulary;
        DROP TABLE IF EXISTS postings;
        DROP TABLE IF EXISTS lengths;
        DROP TABLE IF EXISTS removals;
        CREATE TABLE vocabulary (
          id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, documents INTEGER NOT NULL);
        CREATE TABLE postings (term INTEGER PRIMARY KEY, list BLOB NOT NULL);
        CREATE TABLE lengths (list BLOB NOT NULL);
        CREATE TABLE removals (list BLOB NOT NULL);
        """)
  }

  /// Makes the table in which filters look titles up.
  static func createTitles(_ db: Database) throws {
    try db.execute(sql: "CREATE INDEX IF NOT EXISTS titles ON passages (title)")
  }

  /// Whether nothing has been written to the database yet.
  static func isEmpty(_ db: Database) throws -> Bool {
    try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
  }

  /// Checks that the database is an index of this version.
  static func check(_ db: Database, path: String) throws {
    let identity = try Int.fetchOne(db, sql: "PRAGMA application_id")
    guard identity == applicationID else {
      throw IndexError(.damaged, "this database is not an index of Firn", path: path)
    }
    let version = try Meta.require(.format, db, path: path)
    guard version == String(formatVersion) else {
      throw IndexError(
        .damaged, "the index has another format", path: path,
        expected: "version \(formatVersion)", found: "version \(version)",
        hint: "delete the folder and index again")
    }
  }
}

/// The keys of the table `meta`.
enum MetaKey: String {
  case format, state, analyzer, k1, b
  case encoderName, encoderChecksum, encoderDimension, encoderPooling
  /// These are missing where the encoder has no such thing.
  case encoderPassagePrefix, encoderQuestionPrefix, encoderPrecision, encoderMatrix
  case questionEncoderName, questionEncoderChecksum, questionEncoderPooling
  /// How vectors are stored; as float32 where nothing is said.
  case vectorStorage
  /// Rows whose vectors have reached the disk.
  case vectorsDone
  /// The first row of the append that is under way, and the checksum of its matrix or “none”.
  case appendBase, appendMatrix
  case count, vocabularySize, termCount
}

/// How far a database has come; the one that readers see is always complete.
enum IndexState: String {
  /// A build or an append, with which a later run goes on.
  case building
  /// A change that begins anew when it is interrupted.
  case changing
  case complete
}

/// Reads and writes the table `meta`.
enum Meta {
  static func value(_ key: MetaKey, _ db: Database) throws -> String? {
    try value(key.rawValue, db)
  }

  static func value(_ key: String, _ db: Database) throws -> String? {
    try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key])
  }

  static func require(_ key: MetaKey, _ db: Database, path: String) throws -> String {
    guard let value = try value(key, db) else {
      throw IndexError(.damaged, "the index does not state “\(key.rawValue)”", path: path)
    }
    return value
  }

  static func number<T: LosslessStringConvertible>(
    _ key: MetaKey, _ db: Database, path: String, as: T.Type
  ) throws -> T {
    let text = try require(key, db, path: path)
    guard let number = T(text) else {
      throw IndexError(
        .damaged, "the index's “\(key.rawValue)” is damaged", path: path, expected: "a number",
        found: "“\(text)”")
    }
    return number
  }

  static func set(_ key: MetaKey, _ value: some CustomStringConvertible, _ db: Database) throws {
    try set(key.rawValue, value, db)
  }

  static func set(_ key: String, _ value: some CustomStringConvertible, _ db: Database) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
      arguments: [key, value.description])
  }

  static func checksumKey(_ part: IndexPart) -> String { "\(part)Checksum" }

  static func remove(_ keys: MetaKey..., db: Database) throws {
    for key in keys {
      try db.execute(sql: "DELETE FROM meta WHERE key = ?", arguments: [key.rawValue])
    }
  }

  static func state(_ db: Database, path: String) throws -> IndexState {
    let text = try require(.state, db, path: path)
    guard let state = IndexState(rawValue: text) else {
      throw IndexError(
        .damaged, "the index's state is damaged", path: path, expected: "a known state",
        found: "“\(text)”")
    }
    return state
  }

  static func write(_ settings: IndexSettings, _ db: Database) throws {
    try set(.format, IndexSchema.formatVersion, db)
    try set(.analyzer, settings.analyzer.rawValue, db)
    try set(.k1, settings.bm25.k1, db)
    try set(.b, settings.bm25.b, db)
    guard let encoder = settings.encoder else { return }
    try write(encoder, db)
    try set(.vectorStorage, settings.vectors.rawValue, db)
  }

  static func settings(_ db: Database, path: String) throws -> IndexSettings {
    let name = try require(.analyzer, db, path: path)
    guard let analyzer = Analyzer(rawValue: name) else {
      throw IndexError(.damaged, "unknown analyzer “\(name)”", path: path)
    }
    guard analyzer.isAvailable else {
      throw IndexError(
        .mismatch, "libstemmer has no algorithm for \(name)", path: path,
        hint: "install libstemmer 2.2 or later")
    }
    let bm25 = BM25Parameters(
      k1: try number(.k1, db, path: path, as: Double.self),
      b: try number(.b, db, path: path, as: Double.self))
    var settings = IndexSettings(analyzer: analyzer, bm25: bm25)
    if let encoder = try encoder(db, path: path) {
      settings.encoder = encoder
      settings.vectors = try vectorStorage(db, path: path)
    }
    return settings
  }

  private static func vectorStorage(_ db: Database, path: String) throws -> VectorStorage {
    guard let name = try value(.vectorStorage, db) else { return .float32 }
    guard let storage = VectorStorage(rawValue: name) else {
      throw IndexError(.damaged, "unknown storage of vectors “\(name)”", path: path)
    }
    return storage
  }

  static func info(_ db: Database, path: String) throws -> IndexSummary {
    var checksums: [IndexPart: String] = [:]
    for part in IndexPart.allCases { checksums[part] = try value(checksumKey(part), db) }
    return IndexSummary(
      settings: try settings(db, path: path),
      count: try number(.count, db, path: path, as: Int.self),
      vocabularySize: try number(.vocabularySize, db, path: path, as: Int.self),
      termCount: try number(.termCount, db, path: path, as: Int.self), checksums: checksums)
  }
}
