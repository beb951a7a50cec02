/// The corpus formats that can be written; raw values are the names that users type.
package enum PassageOutput: String, Sendable, CaseIterable {
  case jsonl, dpr, beir, pyserini, flashrag, tevatron, msmarco
}

/// Writes passages one by one. A file appears under its name only when it is complete.
package final class PassageWriter {
  private let format: PassageOutput
  private let output: OutputFile
  private let losses: LossReport

  /// - Parameters:
  ///   - path: `-` is standard output.
  ///   - losses: is told what the format has no place for.
  package init(path: String, format: PassageOutput, losses: LossReport = LossReport()) throws {
    self.format = format
    self.losses = losses
    output = try OutputFile(path: path)
    if format == .dpr { try output.write("id\ttext\ttitle\n") }
  }

  /// - Throws: `InputError` for an id that the format cannot hold.
  package func append(_ passage: Passage) throws {
    switch format {
    case .dpr:
      let cells = [try output.id(passage.bareID), passage.text, passage.title]
      try output.write(cells.map(DelimitedRow.cell).joined(separator: "\t") + "\n")
    case .msmarco:
      if !passage.title.isEmpty { losses.add("titles") }
      try output.write("\(output.id(passage.id))\t\(losses.column(passage.text))\n")
    case .jsonl, .tevatron, .beir, .pyserini, .flashrag:
      try output.write(record(passage).line + "\n")
    }
  }

  package func close() throws { try output.close() }

  private func record(_ passage: Passage) -> JSONText {
    let (id, title) = (JSONText.string(passage.id), passage.title)
    let text = JSONText.string(passage.text)
    switch format {
    case .beir: return .object([("_id", id), ("title", .string(title)), ("text", text)])
    case .tevatron:
      return .object([("docid", id), ("title", .string(title)), ("document_text", text)])
    case .pyserini, .flashrag:
      // A title in quotes is one for every reader of such files, and without it the text's own
      // first line could be taken for one.
      let isBare = title.isEmpty && !passage.text.contains(where: \.isNewline)
      let contents = isBare ? passage.text : "\"\(title)\"\n\(passage.text)"
      return .object([("id", id), ("contents", .string(contents))])
    case .jsonl, .dpr, .msmarco:
      return .object([("id", id), ("title", .string(title)), ("text", text)])
    }
  }
}
