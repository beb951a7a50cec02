/// Runs in columns: TREC's six, MS MARCO's and Tevatron's three.
///
/// They hold no texts, and their lines may stand in any order, so all are read before the first
/// ranking is known.
struct RunColumns {
  private let input: InputFile
  private let format: RunFormat
  private let report: ReadingReport
  private var order: [String] = []
  private var passages: [String: [(rank: Int, ranked: RankedPassage)]] = [:]
  private var seen: Set<[String]> = []

  /// The rankings, in the order in which their questions first appear.
  ///
  /// Passages go by falling score, as in trec_eval, and those of equal score by rank; without
  /// scores by rank, and each gets one over its rank.
  static func read(
    _ input: InputFile, _ format: RunFormat, _ report: ReadingReport
  ) throws -> [Ranking] {
    var columns = RunColumns(input: input, format: format, report: report)
    return try columns.read()
  }

  private init(input: InputFile, format: RunFormat, report: ReadingReport) {
    self.input = input
    self.format = format
    self.report = report
  }

  private mutating func read() throws -> [Ranking] {
    while let bytes = try input.nextFilled() {
      let line = try report.attempt { () throws -> Line in
        let line = try self.line(bytes)
        guard !seen.contains([line.question, line.passage]) else {
          throw InputError(
            file: input.name, line: input.line, expected: "each passage once for a question",
            found: "\(InputError.quoted(line.passage)) again")
        }
        return line
      }
      if let line { add(line) }
    }
    return order.map { id in
      var sorted = (passages[id] ?? []).sorted {
        ($1.ranked.score, $0.rank) < ($0.ranked.score, $1.rank)
      }.map(\.ranked)
      if format == .msmarco {
        for place in sorted.indices { sorted[place].score = 1 / Double(place + 1) }
      }
      return Ranking(question: Question(id: id, text: ""), passages: sorted)
    }
  }

  private mutating func add(_ line: Line) {
    seen.insert([line.question, line.passage])
    if passages[line.question] == nil { order.append(line.question) }
    let passage = Passage(id: line.passage, title: "", text: "")
    passages[line.question, default: []].append(
      (line.rank, RankedPassage(passage: passage, score: line.score)))
  }

  private struct Line {
    let question: String
    let passage: String
    let rank: Int
    let score: Double
  }

  private func line(_ bytes: [UInt8]) throws -> Line {
    let text = try input.text(bytes)
    if format == .trec {
      let columns = text.split(whereSeparator: \.isWhitespace).map(String.init)
      guard columns.count == 6, let rank = Int(columns[3]), let score = Double(columns[4]),
        score.isFinite
      else {
        throw wrong("six columns (question, Q0, passage, rank, score, tag)", bytes)
      }
      report.see("the run's tag")
      return Line(question: columns[0], passage: columns[2], rank: rank, score: score)
    }
    let columns = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    let isRank = format == .msmarco
    guard columns.count == 3, columns.allSatisfy({ !$0.isEmpty }),
      let number = Double(columns[2].trimmed), number.isFinite
    else {
      throw wrong("three columns (question, passage, \(isRank ? "rank" : "score"))", bytes)
    }
    guard isRank else {
      let line = passages[columns[0]]?.count ?? 0
      return Line(question: columns[0], passage: columns[1], rank: line, score: number)
    }
    guard let rank = Int(exactly: number), rank > 0 else {
      throw wrong("a rank from 1 in the third column", bytes)
    }
    return Line(
      question: columns[0], passage: columns[1], rank: rank, score: 1 / Double(rank))
  }

  private func wrong(_ expected: String, _ bytes: [UInt8]) -> InputError {
    InputError(
      file: input.name, line: input.line, expected: expected, found: InputError.quoted(bytes))
  }

  /// The format of a file that begins with `head`.
  ///
  /// Three columns with a number last are MS MARCO's when the numbers of the first question are the
  /// ranks 1, 2, 3 ..., else scores.
  static func recognise(_ head: [UInt8]) -> RunFormat? {
    let lines = head.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    guard let first = lines.first else { return nil }
    let words = first.split(whereSeparator: \.isWhitespace)
    if words.count == 6, Int(words[3]) != nil, Double(words[4]) != nil { return .trec }
    // The head may end within a line.
    let whole = lines.count > 1 && head.last != 0x0A ? lines.dropLast() : lines[...]
    let rows = whole.map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(\.trimmed)
    }
    guard let row = rows.first, row.count == 3, Double(row[2]) != nil else { return nil }
    let ranks = rows.prefix { $0.count == 3 && $0[0] == row[0] }.map { $0[2] }
    let areRanks = ranks.enumerated().allSatisfy { $1 == "\($0 + 1)" }
    return areRanks ? .msmarco : .tevatron
  }
}
