import GRDB

extension IndexSettings {
  /// Holds what a command gives to what an index was begun with.
  ///
  /// - Throws: `IndexError` that names the first setting that is another one.
  func check(_ db: Database, path: String) throws {
    try IndexSchema.check(db, path: path)
    let present = try Meta.settings(db, path: path)
    func check(_ what: String, _ found: String, _ expected: String) throws {
      guard found != expected else { return }
      throw IndexError(
        .mismatch, "the index was begun with another \(what)", path: path,
        expected: expected, found: found,
        hint: "give the same settings, or delete the folder and index again")
    }
    try check("analyzer", present.analyzer.rawValue, analyzer.rawValue)
    try check("k1", "\(present.bm25.k1)", "\(bm25.k1)")
    try check("b", "\(present.bm25.b)", "\(bm25.b)")
    guard let had = present.encoder, let wanted = encoder else {
      return try check("encoder", present.encoder?.summary ?? "none", encoder?.summary ?? "none")
    }
    if !had.agrees(with: wanted) { try check("encoder", had.summary, wanted.summary) }
    try check("storage of vectors", present.vectors.rawValue, vectors.rawValue)
  }
}
