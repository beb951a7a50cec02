import Testing

@testable import Evaluation

/// What holds of every metric on whatever input; the input is drawn at random from a fixed seed.
struct MetricPropertyTests {
  private struct Sample {
    var random: SplitMix64

    mutating func ranking() -> (run: [(id: String, score: Double)], qrels: [String: Int]) {
      let ids = (0..<30).map { "d\($0)" }.shuffled(using: &random)
      let run = ids.prefix(Int.random(in: 0...30, using: &random)).map {
        (id: $0, score: Double(Int.random(in: 0...9, using: &random)))
      }
      let judged = ids.shuffled(using: &random).prefix(12)
      let grades = judged.map { ($0, Int.random(in: -1...3, using: &random)) }
      return (run, Dictionary(uniqueKeysWithValues: grades))
    }

    mutating func text() -> String {
      let words = ["the", "a", "Paris", "paris.", "Rome", "1,000", "caf\u{E9}", "cafe\u{301}", "–"]
      let count = Int.random(in: 0...4, using: &random)
      return (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
        .joined(separator: " ")
    }
  }

  private func figures(_ question: RankedQuestion, at k: Int) -> [Double] {
    [
      question.reciprocalRank, question.averagePrecision, question.ndcg(at: k),
      question.precision(at: k), question.relevantRecall(at: k), question.rPrecision,
    ].compactMap { $0 }
  }

  @Test(arguments: 0..<200)
  func rankingFiguresAreBoundedAndRecallGrowsWithDepth(seed: Int) {
    var sample = Sample(random: SplitMix64(seed: UInt64(seed)))
    let (run, qrels) = sample.ranking()
    let question = RankedQuestion(id: "q", scored: run, qrels: qrels)
    for k in 1...40 {
      #expect(figures(question, at: k).count == 6)
      #expect(figures(question, at: k).allSatisfy { (0...1).contains($0) })
      if k == 1 { continue }
      #expect(question.isFound(at: k) || !question.isFound(at: k - 1))
      let recalls = [k - 1, k].compactMap(question.relevantRecall)
      #expect(recalls[0] <= recalls[1])
    }
  }

  @Test(arguments: 0..<200)
  func theOrderOfARunsLinesDoesNotMatter(seed: Int) {
    var sample = Sample(random: SplitMix64(seed: UInt64(seed)))
    let (run, qrels) = sample.ranking()
    let shuffled = run.shuffled(using: &sample.random)
    let one = RankedQuestion(id: "q", scored: run, qrels: qrels)
    let other = RankedQuestion(id: "q", scored: shuffled, qrels: qrels)
    #expect(figures(one, at: 10) == figures(other, at: 10))
  }

  /// New ids keep their order by bytes, by which ties are broken.
  @Test(arguments: 0..<50)
  func theNamesOfPassagesAndQuestionsDoNotMatter(seed: Int) {
    var sample = Sample(random: SplitMix64(seed: UInt64(seed)))
    let (run, qrels) = sample.ranking()
    let renamed = Dictionary(uniqueKeysWithValues: qrels.map { ("x/" + $0.key, $0.value) })
    let one = RankedQuestion(id: "q", scored: run, qrels: qrels)
    let other = RankedQuestion(
      id: "another", scored: run.map { ("x/" + $0.id, $0.score) }, qrels: renamed)
    #expect(figures(one, at: 5) == figures(other, at: 5))
  }

  @Test(arguments: AnswerNormalization.textual)
  func answerScoresAreBoundedAndGrowWithTheGolds(rule: AnswerNormalization) {
    var sample = Sample(random: SplitMix64(seed: 7))
    for _ in 0..<500 {
      let prediction = sample.text()
      let golds = (0..<3).map { _ in sample.text() }
      let score = rule.score(prediction, golds: golds)
      #expect((0...1).contains(score.f1))
      #expect(!score.exactMatch || score.f1 == 1)
      #expect(score == rule.score(prediction, golds: golds.reversed()))
      if rule.erases(golds[0]) { continue }
      let fewer = rule.score(prediction, golds: [golds[0]])
      #expect(fewer.f1 <= score.f1 && (!fewer.exactMatch || score.exactMatch))
      #expect(rule.exactMatch(golds[0], golds: golds))
    }
  }

  @Test func plainFiguresDoNotDependOnTheOrderOfQuestions() throws {
    var sample = Sample(random: SplitMix64(seed: 9))
    let answers = try (0..<200).map { index in
      try ScoredAnswer(
        id: "\(index)", prediction: sample.text(), golds: index % 3 == 0 ? [] : [sample.text()],
        confidence: Double.random(in: 0...1, using: &sample.random),
        rankingHasAnswer: true, packedHasAnswer: Bool.random(using: &sample.random))
    }
    let bootstrap = Bootstrap(resamples: 20)
    let one = MetricReport(answers: answers, beside: [.raw], bootstrap: bootstrap)
    let other = MetricReport(
      answers: answers.shuffled(using: &sample.random), beside: [.raw], bootstrap: bootstrap)
    #expect(one.metrics.count == 16)
    for (found, expected) in zip(one.metrics, other.metrics) {
      #expect(abs(found.estimate.value - expected.estimate.value) < 1e-12, "\(found.name)")
      #expect(found.estimate.low <= found.estimate.value, "\(found.name)")
    }
  }

  @Test func pValuesAreBoundedAndDoNotCareWhichSystemComesFirst() {
    var random = SplitMix64(seed: 4)
    for count in 0..<30 {
      let a = (0..<count).map { _ in Double.random(in: 0...1, using: &random) }
      let b = (0..<count).map { _ in Double.random(in: 0...1, using: &random) }
      let one = PairedScores(a: a, b: b)
      let other = PairedScores(a: b, b: a)
      #expect(one.randomizationTest(trials: 500) == other.randomizationTest(trials: 500))
      #expect(one.bootstrapTest() == other.bootstrapTest())
      #expect((0...1).contains(one.bootstrapTest()))
    }
  }
}
