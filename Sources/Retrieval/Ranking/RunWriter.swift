import Foundation

/// Writes a run ranking by ranking. A file appears under its name only when it is complete.
package final class RunWriter {
  private let format: RunFormat
  private let tag: String
  private let output: OutputFile
  private let losses: LossReport
  /// Whether FiD's records stand one a line.
  private let hasLines: Bool
  /// Rankings that were written.
  package private(set) var count = 0

  /// - Parameters:
  ///   - path: `-` is standard output.
  ///   - tag: the run's name in TREC files, without white space.
  ///   - losses: is told what the format has no place for.
  package init(
    path: String, format: RunFormat, tag: String = "firn", losses: LossReport = LossReport()
  ) throws {
    precondition(
      !tag.isEmpty && !tag.contains(where: \.isWhitespace),
      "expected a tag without white space, found \"\(tag)\"")
    self.format = format
    self.tag = tag
    self.losses = losses
    hasLines = format == .fid && path.hasSuffix(".jsonl")
    output = try OutputFile(path: path)
  }

  /// - Throws: `InputError` for an id that the format cannot hold.
  package func append(_ ranking: Ranking) throws {
    losses.add(ranking.fields, notIn: format.carries)
    switch format {
    case .dpr: try writeItem(ranking.dpr.indented(level: 1), "[")
    case .fid where !hasLines: try writeItem(ranking.fid.indented(level: 1), "[")
    case .pyserini:
      let value = ranking.pyserini(losses).indented(level: 1)
      try writeItem("\(JSONText.quoted(ranking.question.id)): \(value)", "{")
    case .jsonl: try output.write(ranking.dpr.line + "\n")
    case .fid: try output.write(ranking.fid.line + "\n")
    case .kilt: try writeKILT(ranking)
    case .trec: try output.write(trecLines(ranking))
    case .msmarco, .tevatron: try output.write(tabbedLines(ranking))
    }
    count += 1
  }

  /// Ends the file and gives it its name. Without this call nothing is left behind.
  package func close() throws {
    switch format {
    case .dpr: try output.write(count == 0 ? "[]\n" : "\n]\n")
    case .fid where !hasLines: try output.write(count == 0 ? "[]\n" : "\n]\n")
    case .pyserini: try output.write(count == 0 ? "{}\n" : "\n}\n")
    default: break
    }
    try output.close()
  }

  private func writeItem(_ text: String, _ opening: String) throws {
    try output.write((count == 0 ? opening : ",") + "\n" + JSONText.margin(1) + text)
  }

  private func writeKILT(_ ranking: Ranking) throws {
    let ids = ranking.passages.map(\.passage)
    if ids.contains(where: { $0.pageID != $0.id || $0.bareID != $0.id }) {
      losses.add("passages' own ids (KILT ranks pages)")
    }
    try output.write(ranking.kilt.line + "\n")
  }

  private func trecLines(_ ranking: Ranking) throws -> String {
    let question = try output.word(ranking.question.id)
    let scores = ranking.passages.map { String(format: "%.6f", $0.score) }
    let pairs = zip(
      zip(scores, scores.dropFirst()), zip(ranking.passages, ranking.passages.dropFirst()))
    if pairs.contains(where: { $0.0 == $0.1 && $1.0.score != $1.1.score }) {
      losses.add("differences of scores beyond six decimals")
    }
    return try zip(ranking.passages, scores).enumerated().map { index, pair in
      let passage = try output.word(pair.0.passage.id)
      return "\(question) Q0 \(passage) \(index + 1) \(pair.1) \(tag)\n"
    }.joined()
  }

  private func tabbedLines(_ ranking: Ranking) throws -> String {
    let question = try output.id(ranking.question.id)
    return try ranking.passages.enumerated().map { index, ranked in
      let last = format == .msmarco ? "\(index + 1)" : "\(ranked.score)"
      return "\(question)\t\(try output.id(ranked.passage.id))\t\(last)\n"
    }.joined()
  }
}
