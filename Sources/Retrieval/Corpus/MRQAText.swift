/// A passage with its questions as MRQA writes them.
struct MRQAText {
  static let header = JSONText.object([
    ("header", .object([("dataset", .string("firn")), ("mrqa_split", .string("dev"))]))
  ])
  /// Tokens in a passage at most.
  private static let longestContext = 800

  let json: JSONText

  init(_ passage: Passage, _ questions: [Question], _ losses: LossReport) {
    let tokens = MRQAToken.tokens(of: passage.text)
    if tokens.count > MRQAText.longestContext {
      losses.add("MRQA's bound of 800 tokens in a passage")
    }
    json = .object([
      ("context", .string(passage.text)), ("context_tokens", MRQAToken.json(tokens)),
      (
        "qas",
        .array(questions.map { MRQAText.json($0, passage, tokens, losses) })
      ),
    ])
  }

  private static func json(
    _ question: Question, _ passage: Passage, _ tokens: [MRQAToken], _ losses: LossReport
  ) -> JSONText {
    var fields = JSONMembersBuilder()
    fields.add("qid", .string(question.id))
    fields.add("question", .string(question.text))
    fields.add("question_tokens", MRQAToken.json(MRQAToken.tokens(of: question.text)))
    fields.add("detected_answers", .array(detected(question, passage, tokens)))
    fields.add("answers", .strings(question.answers))
    fields.add("is_impossible", question.isImpossible.map(JSONText.bool))
    return fields.object
  }

  /// One entry for each spelling, with all its places.
  private static func detected(
    _ question: Question, _ passage: Passage, _ tokens: [MRQAToken]
  ) -> [JSONText] {
    // MRQA's own list of answers holds those that do not stand in the passage.
    let placed = question.placedAnswers(in: passage, LossReport())
    var texts: [String] = []
    texts.addDistinct(placed.map(\.text))
    return texts.map { text in
      let places = placed.filter { $0.text.utf8.elementsEqual(text.utf8) }
        .map { $0.start..<($0.start + text.unicodeScalars.count) }
      return .object([
        ("text", .string(text)),
        ("char_spans", pairs(places.map { ($0.lowerBound, $0.upperBound - 1) })),
        ("token_spans", pairs(places.map { MRQAToken.span($0, in: tokens) })),
      ])
    }
  }

  /// Both ends inclusive.
  private static func pairs(_ pairs: [(Int, Int)]) -> JSONText {
    .array(pairs.map { .array([.integer($0.0), .integer($0.1)]) })
  }
}

/// A word or a sign, and how many Unicode scalars stand before it. MRQA's own files are cut by
/// spaCy, whose tokens are sometimes longer.
struct MRQAToken {
  let text: String
  let start: Int

  static func tokens(of text: String) -> [MRQAToken] {
    var tokens: [MRQAToken] = []
    var word = ""
    func close(at end: Int) {
      if word.isEmpty { return }
      tokens.append(MRQAToken(text: word, start: end - word.unicodeScalars.count))
      word = ""
    }
    var position = 0
    for scalar in text.unicodeScalars {
      let kind = scalar.properties
      let isWordPart =
        kind.isAlphabetic || kind.numericType != nil || kind.generalCategory == .nonspacingMark
      if !isWordPart { close(at: position) }
      if isWordPart || !kind.isWhitespace { word.unicodeScalars.append(scalar) }
      position += 1
      if !isWordPart { close(at: position) }
    }
    close(at: position)
    return tokens
  }

  static func json(_ tokens: [MRQAToken]) -> JSONText {
    .array(tokens.map { .array([.string($0.text), .integer($0.start)]) })
  }

  /// The first and the last token that a range of the text touches.
  static func span(_ range: Range<Int>, in tokens: [MRQAToken]) -> (Int, Int) {
    let first = tokens.lastIndex { $0.start <= range.lowerBound } ?? 0
    let last = tokens.lastIndex { $0.start < range.upperBound } ?? 0
    return (first, max(first, last))
  }
}
