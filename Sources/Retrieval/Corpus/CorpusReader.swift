/// Reads the passages of files and folders one after another.
///
/// Memory holds one record (one article of SQuAD) at a time, whatever the size of the corpus.
package final class CorpusReader {
  /// Bad records that the last pass left out.
  package var skipped: Int { report.skipped }
  /// The first of them.
  package var firstSkipped: InputError? { report.firstSkipped }
  private var report: ReadingReport
  private let givenReport: ReadingReport?

  private let paths: [String]
  private let format: CorpusFormat
  private let words: Int
  private let overlap: Int
  private let skipBad: Bool

  /// - Parameters:
  ///   - paths: files, folders, or `-` for standard input; `.gz` is read as it is.
  ///   - words: about how long the passages of `text` and `kilt` become.
  ///   - overlap: about how many words such a passage repeats of the one before it.
  ///   - skipBad: leaves out and counts bad records instead of throwing. Files that are missing
  ///     or damaged as a whole are errors all the same.
  ///   - report: the caller's own account in place of one for each pass and of `skipBad`.
  package init(
    paths: [String], format: CorpusFormat, words: Int = 100, overlap: Int = 0,
    skipBad: Bool = false, report: ReadingReport? = nil
  ) {
    precondition(words > 0, "expected a positive number of words, found \(words)")
    precondition(
      (0..<words).contains(overlap), "expected an overlap in 0..<\(words), found \(overlap)")
    self.paths = paths
    self.format = format
    self.words = words
    self.overlap = overlap
    self.skipBad = skipBad
    givenReport = report
    self.report = report ?? ReadingReport(skipsBad: skipBad)
  }

  /// Calls `body` with every passage, in the order of the paths and files.
  /// - Throws: `InputError`, and whatever `body` throws.
  package func forEachPassage(_ body: (Passage) throws -> Void) throws {
    report = givenReport ?? ReadingReport(skipsBad: skipBad)
    var slugs = ArticleIDs()
    for path in paths {
      for file in try CorpusFile.find(path, format: format) {
        try read(file, &slugs, body)
      }
    }
  }

  private func read(
    _ file: CorpusFile, _ slugs: inout ArticleIDs, _ body: (Passage) throws -> Void
  ) throws {
    let input = try InputFile(file.path)
    let head = try input.head()
    let found =
      format == .auto ? CorpusFormat.recognise(head, extension: file.ending) : format
    switch found {
    case .text: try readText(file, input, body)
    case .dpr: try readRows(input, body)
    case .squad: try readRecords(input, head, body) { try slugs.article($0).map(\.passage) }
    case .jsonl: try readRecords(input, head, body) { [try $0.passage(id: "id")] }
    case .beir: try readRecords(input, head, body) { [try $0.passage(id: "_id")] }
    case .pyserini, .flashrag: try readRecords(input, head, body) { [try $0.pyseriniPassage()] }
    case .atlas: try readRecords(input, head, body) { [try $0.atlasPassage()] }
    case .tevatron: try readRecords(input, head, body) { [try $0.tevatronPassage()] }
    case .msmarco: try readPairs(input, body)
    case .kilt:
      try readRecords(input, head, body) { [words, overlap] in
        try $0.kiltPassages(words: words, overlap: overlap)
      }
    case .auto: preconditionFailure("expected a recognised format, found auto")
    }
  }

  private func readRecords(
    _ input: InputFile, _ head: [UInt8], _ body: (Passage) throws -> Void,
    passages: (JSONRecord) throws -> [Passage]
  ) throws {
    var records = JSONRecords(input, layout: JSONHead(head)?.layout ?? .lines)
    while let (bytes, line) = try records.next() {
      let found = try attempt {
        try passages(JSONRecord(bytes, file: input.name, line: line, report: report))
      }
      try found?.forEach(body)
    }
  }

  private func readRows(_ input: InputFile, _ body: (Passage) throws -> Void) throws {
    let rows = DelimitedRows(input: input)
    guard let header = try rows.next() else { return }
    let columns = try DPRColumns(header)
    while let row = try rows.next() {
      if let passage = try attempt({ try columns.passage(row) }) { try body(passage) }
    }
  }

  /// MS MARCO's columns know no quotes.
  private func readPairs(_ input: InputFile, _ body: (Passage) throws -> Void) throws {
    while let bytes = try input.nextFilled() {
      let passage = try attempt {
        let columns = try input.text(bytes).split(
          separator: "\t", maxSplits: 1, omittingEmptySubsequences: false
        ).map(\.trimmed)
        guard columns.count == 2, columns.allSatisfy({ !$0.isEmpty }) else {
          throw InputError(
            file: input.name, line: input.line, expected: "an id, a tab and a text",
            found: InputError.quoted(bytes))
        }
        return Passage(id: columns[0], title: "", text: columns[1])
      }
      if let passage { try body(passage) }
    }
  }

  private func readText(
    _ file: CorpusFile, _ input: InputFile, _ body: (Passage) throws -> Void
  ) throws {
    let isMarkdown = ["md", "markdown"].contains(file.ending)
    var document = TextDocument(file, isMarkdown: isMarkdown, words: words, overlap: overlap)
    while let bytes = try input.next() {
      let line = try attempt { try input.text(bytes) }
      if let line { try document.add(line).forEach(body) }
    }
    try document.finish().forEach(body)
  }

  private func attempt<T>(_ parse: () throws -> T) throws -> T? { try report.attempt(parse) }
}
