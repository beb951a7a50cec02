import Foundation

/// The formats of a run (rankings of many questions); raw values are the names that users type.
package enum RunFormat: String, Sendable, CaseIterable {
  /// One JSON array of `{id, question, answers, ctxs}`, scores as strings.
  case dpr
  /// Six columns: question, `Q0`, passage, rank from 1, score, tag.
  case trec
  /// One record of `dpr` a line.
  case jsonl
}

/// Writes a run ranking by ranking. A file appears under its name only when it is complete.
package final class RunWriter {
  private let format: RunFormat
  private let tag: String
  private let output: OutputFile
  private var count = 0

  /// - Parameters:
  ///   - path: `-` is standard output.
  ///   - tag: the run's name in TREC files, without white space.
  package init(path: String, format: RunFormat, tag: String = "firn") throws {
    precondition(
      !tag.isEmpty && !tag.contains(where: \.isWhitespace),
      "expected a tag without white space, found \"\(tag)\"")
    self.format = format
    self.tag = tag
    output = try OutputFile(path: path)
  }

  /// - Throws: `InputError` for an id that the format cannot hold.
  package func append(_ ranking: Ranking) throws {
    switch format {
    case .dpr:
      try output.write(count == 0 ? "[\n" : ",\n")
      try output.write(RunJSON(indented: true).record(ranking))
    case .jsonl: try output.write(RunJSON(indented: false).record(ranking) + "\n")
    case .trec: try output.write(trecLines(ranking))
    }
    count += 1
  }

  /// Ends the file and gives it its name. Without this call nothing is left behind.
  package func close() throws {
    if format == .dpr { try output.write(count == 0 ? "[]\n" : "\n]\n") }
    try output.close()
  }

  private func trecLines(_ ranking: Ranking) throws -> String {
    let question = try column(ranking.question.id)
    return try ranking.passages.enumerated().map { index, ranked in
      let passage = try column(ranked.passage.id)
      let score = String(format: "%.6f", ranked.score)
      return "\(question) Q0 \(passage) \(index + 1) \(score) \(tag)\n"
    }.joined()
  }

  private func column(_ id: String) throws -> String {
    guard id.isEmpty || id.contains(where: \.isWhitespace) else { return id }
    throw InputError(
      file: output.name, expected: "ids without white space", found: InputError.quoted(id),
      hint: "TREC runs cannot hold such ids; write jsonl or dpr")
  }
}

/// The JSON of one ranking, in the order of DPR's keys.
struct RunJSON {
  /// Four spaces a level inside an array, as DPR writes; otherwise everything on one line.
  let indented: Bool

  func record(_ ranking: Ranking) -> String {
    let question = ranking.question
    var fields = ["\"id\": \(json(question.id))", "\"question\": \(json(question.text))"]
    fields.append("\"answers\": \(list(question.answers.map(json), "[]", 2))")
    if let gold = question.goldPassage { fields.append("\"passage_id\": \(json(gold))") }
    fields.append("\"ctxs\": \(list(ranking.passages.map(context), "[]", 2))")
    return (indented ? "    " : "") + list(fields, "{}", 1)
  }

  private func context(_ ranked: RankedPassage) -> String {
    var fields = [
      "\"id\": \(json(ranked.passage.id))", "\"title\": \(json(ranked.passage.title))",
      "\"text\": \(json(ranked.passage.text))", "\"score\": \"\(ranked.score)\"",
    ]
    if let hasAnswer = ranked.hasAnswer { fields.append("\"has_answer\": \(hasAnswer)") }
    return list(fields, "{}", 3)
  }

  private func list(_ items: [String], _ brackets: String, _ level: Int) -> String {
    let (open, close) = (brackets.prefix(1), brackets.suffix(1))
    if items.isEmpty { return brackets }
    guard indented else { return "\(open)\(items.joined(separator: ", "))\(close)" }
    let outer = String(repeating: "    ", count: level)
    let body = items.map { "\(outer)    \($0)" }.joined(separator: ",\n")
    return "\(open)\n\(body)\n\(outer)\(close)"
  }

  private func json(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      // Also the line separators that some readers take for line ends.
      case "\u{0}"..<"\u{20}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
        result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
