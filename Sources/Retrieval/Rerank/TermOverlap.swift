/// A question in analyzed terms.
struct QuestionTerms: Sendable {
  /// The terms in order, each by its number; a number is a term's first place among the distinct.
  let sequence: [Int32]
  /// idf by number; 0 for question words.
  let weights: [Float]
  let kind: AnswerKind?
  let numbers: [String: Int32]

  init(_ question: String, _ weights: TermWeights) throws {
    var numbers: [String: Int32] = [:]
    var idf: [Float] = []
    sequence = try weights.analyzer.terms(in: question).map { term in
      if let number = numbers[term] { return number }
      let number = Int32(idf.count)
      numbers[term] = number
      idf.append(Self.questionWords.contains(term) ? 0 : try weights.idf(term))
      return number
    }
    self.numbers = numbers
    self.weights = idf
    kind = AnswerKind(question: question)
  }

  var totalWeight: Float { weights.reduce(0, +) }

  /// As the analyzers leave them: words that say what is asked for, not what it is about.
  private static let questionWords: Set<String> = [
    "what", "which", "who", "whom", "whose", "whos", "when", "where", "why", "how", "do", "doe",
    "does", "did",
  ]
}

/// A passage in analyzed terms.
struct PassageTerms: Sendable {
  let title: [String]
  let text: [String]
  let kinds: Set<AnswerKind>

  init(_ passage: Passage, _ analyzer: Analyzer) {
    title = analyzer.terms(in: passage.title)
    text = analyzer.terms(in: passage.text)
    kinds = AnswerKind.found(in: passage.text)
  }
}

/// The words that a question and a passage share.
struct TermOverlap {
  private let question: QuestionTerms
  /// The numbers of the passage's terms; −1 for those that the question lacks.
  private let title, text: [Int32]

  init(_ question: QuestionTerms, _ passage: PassageTerms) {
    self.question = question
    title = passage.title.map { question.numbers[$0] ?? -1 }
    text = passage.text.map { question.numbers[$0] ?? -1 }
  }

  func fill(_ row: inout FeatureRow) {
    row[.overlap] = share(title + text)
    row[.titleOverlap] = share(title)
    row[.windowOverlap] = bestWindow(terms: 24)
    row[.titlePrecision] =
      title.isEmpty ? 0 : Float(title.count { $0 >= 0 }) / Float(title.count)
    row[.bigrams] = bigrams
    row[.longestRun] =
      question.sequence.isEmpty
      ? 0 : Float(longestRun) / Float(question.sequence.count)
  }

  /// Share of the question's weight in `terms`.
  private func share(_ terms: [Int32]) -> Float {
    let total = question.totalWeight
    if total == 0 { return 0 }
    var isShared = [Bool](repeating: false, count: question.weights.count)
    for term in terms where term >= 0 { isShared[Int(term)] = true }
    // Summed in the question's order: a set's own order is another one in every process.
    return zip(question.weights, isShared).reduce(0) { $0 + ($1.1 ? $1.0 : 0) } / total
  }

  /// The largest share in `count` neighbouring terms of the text.
  private func bestWindow(terms count: Int) -> Float {
    let total = question.totalWeight
    if total == 0 { return 0 }
    var inside = [Int](repeating: 0, count: question.weights.count)
    var (weight, best) = (0 as Float, 0 as Float)
    for (place, term) in text.enumerated() {
      if term >= 0 {
        inside[Int(term)] += 1
        if inside[Int(term)] == 1 { weight += question.weights[Int(term)] }
      }
      if place >= count, text[place - count] >= 0 {
        let leaving = Int(text[place - count])
        inside[leaving] -= 1
        if inside[leaving] == 0 { weight -= question.weights[leaving] }
      }
      best = max(best, weight)
    }
    return best / total
  }

  private var bigrams: Float {
    let asked = Set(zip(question.sequence, question.sequence.dropFirst()).map(Pair.init))
    if asked.isEmpty { return 0 }
    let found = [title, text].reduce(into: Set<Pair>()) { found, terms in
      for pair in zip(terms, terms.dropFirst()).map(Pair.init) where asked.contains(pair) {
        found.insert(pair)
      }
    }
    return Float(found.count) / Float(asked.count)
  }

  private struct Pair: Hashable {
    let first, second: Int32
  }

  /// The longest stretch of terms that question and text have in common.
  private var longestRun: Int {
    var longest = 0
    var ending = [Int](repeating: 0, count: question.sequence.count + 1)
    for term in text {
      var next = ending
      for (place, asked) in question.sequence.enumerated() {
        next[place + 1] = asked == term ? ending[place] + 1 : 0
        longest = max(longest, next[place + 1])
      }
      ending = next
    }
    return longest
  }
}
