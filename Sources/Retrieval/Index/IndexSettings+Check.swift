import GRDB

extension IndexSettings {
  /// Holds what a command gives to what an index was begun with.
  ///
  /// - Parameter append: whether passages come behind others; their vectors may then come from
  ///   another matrix than those before, or from the model that made it.
  /// - Throws: `IndexError` that names the first setting that is another one.
  func check(_ db: Database, path: String, append: Bool) throws {
    try IndexSchema.check(db, path: path)
    let present = try Meta.settings(db, path: path)
    func check(
      _ what: String, _ found: String, _ expected: String, hint: String = Self.remedy
    ) throws {
      guard found != expected else { return }
      throw IndexError(
        .mismatch, "the index was begun with another \(what)", path: path,
        expected: expected, found: found, hint: hint)
    }
    try check("analyzer", present.analyzer.rawValue, analyzer.rawValue)
    try check("k1", "\(present.bm25.k1)", "\(bm25.k1)")
    try check("b", "\(present.bm25.b)", "\(bm25.b)")
    guard let had = present.encoder, let wanted = encoder else {
      return try check("encoder", present.encoder?.summary ?? "none", encoder?.summary ?? "none")
    }
    let agree = append ? had.sharesSpace(with: wanted) : had.agrees(with: wanted)
    if !agree {
      let hint = append && had.matrix != nil ? Self.importedRemedy : Self.remedy
      try check("encoder", had.summary, wanted.summary, hint: hint)
    }
    try check("storage of vectors", present.vectors.rawValue, vectors.rawValue)
    // An append that was interrupted goes on with what it began with.
    if append, let matrix = try Meta.value(.appendMatrix, db) {
      try check("matrix of vectors", matrix, wanted.matrix ?? "none")
    }
  }

  private static let remedy = "give the same settings, or delete the folder and index again"
  private static let importedRemedy =
    "its vectors were imported: give the corpus' own with --vectors-from, or with --encoder the "
    + "model that they were imported as"
}
