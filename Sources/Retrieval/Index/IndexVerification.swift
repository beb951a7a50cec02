import Foundation
import GRDB

/// One thing that `verify` looked at.
package struct IndexCheck: Equatable, Sendable {
  package var name: String
  /// What is wrong; nothing if all is well.
  package var problem: String?
}

extension PassageIndex {
  /// Reads everything once and compares it with the checksums and counts that the build wrote.
  package func verify() -> [IndexCheck] {
    let parts = IndexPart.allCases.filter { $0 != .vectors || vectors != nil }
    return [check("database", integrityProblem), check("counts", countProblem)]
      + parts.map { part in check("\(part)") { db in try checksumProblem(part, db) } }
  }

  private func check(_ name: String, _ body: (Database) throws -> String?) -> IndexCheck {
    do {
      return IndexCheck(name: name, problem: try read(body))
    } catch let error as IndexError {
      return IndexCheck(name: name, problem: error.what)
    } catch {
      return IndexCheck(name: name, problem: "\(error)")
    }
  }

  private func integrityProblem(_ db: Database) throws -> String? {
    let answers = try String.fetchAll(db, sql: "PRAGMA integrity_check(3)")
    return answers == ["ok"] ? nil : answers.joined(separator: "; ")
  }

  private func countProblem(_ db: Database) throws -> String? {
    func compare(_ what: String, _ expected: Int, _ sql: String) throws -> String? {
      let found = try Int.fetchOne(db, sql: sql) ?? 0
      return found == expected ? nil : "expected \(expected) \(what), found \(found)"
    }
    let terms = search.lengths.values.enumerated().reduce(0) { sum, length in
      sum + (numbers.holds(length.offset) ? Int(length.element) : 0)
    }
    let problems = [
      try compare("passages", info.count, "SELECT count(*) FROM passages"),
      try compare(
        "terms", info.vocabularySize, "SELECT count(*) FROM vocabulary WHERE documents > 0"),
      try compare(
        "terms without posting lists", 0,
        "SELECT count(*) FROM vocabulary WHERE id NOT IN (SELECT term FROM postings)"),
      terms == info.termCount
        ? nil : "expected lengths that sum to \(info.termCount), found \(terms)",
    ].compactMap { $0 }
    return problems.isEmpty ? nil : problems.joined(separator: "; ")
  }

  private func checksumProblem(_ part: IndexPart, _ db: Database) throws -> String? {
    let found = try IndexChecksums.of(part, db, vectors)
    guard let expected = info.checksums[part] else { return "no checksum was written" }
    if found != expected { return "expected SHA-256 \(expected), found \(found)" }
    return part == .vectors ? headerProblem(found) : nil
  }

  /// The header speaks of the same vectors, or of more that an append under way has written.
  private func headerProblem(_ found: String) -> String? {
    guard let vectors, let whole = try? VectorFile(path: vectors.bytes.path) else { return nil }
    let expected = whole.count == vectors.count ? found : whole.checksum()
    if whole.statedChecksum == expected { return nil }
    // An append that was cut off in the header itself writes it again when it is finished.
    let folder = IndexFolder(path: path)
    if whole.statedChecksum == found, folder.has(folder.draft) { return nil }
    return "the header states SHA-256 \(whole.statedChecksum), found \(expected)"
  }
}
