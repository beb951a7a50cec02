import Foundation
import Retrieval
import Tensors
import Testing

struct BM25SearchTests {
  /// The formula over every passage, without any table: what the fast search must equal.
  struct Naive {
    let passages: [[String: Int]]
    let lengths: [Int]
    let k1: Double
    let b: Double

    init(_ passages: [Passage], k1: Double, b: Double) {
      let words = passages.map { $0.text.split(separator: " ").map(String.init) }
      self.passages = words.map { $0.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
      lengths = words.map(\.count)
      self.k1 = k1
      self.b = b
    }

    func top(_ limit: Int, _ query: String) -> [Hit] {
      let counts = query.split(separator: " ").reduce(into: [String: Int]()) {
        $0[String($1), default: 0] += 1
      }
      let weights = counts.map { term, count -> (term: String, weight: Double) in
        let documents = Double(passages.count { $0[term] != nil })
        let idf = log(1 + (Double(passages.count) - documents + 0.5) / (documents + 0.5))
        return (term, Double(count) * idf)
      }.sorted { $0.weight != $1.weight ? $0.weight > $1.weight : $0.term < $1.term }
      let average = Double(lengths.reduce(0, +)) / Double(lengths.count)
      let hits = passages.indices.compactMap { row -> Hit? in
        var score = 0.0
        for (term, weight) in weights {
          guard let count = passages[row][term].map(Double.init) else { continue }
          score += weight * (count / (count + k1 * (1 - b + b * Double(lengths[row]) / average)))
        }
        return score > 0 ? Hit(row: row, score: Float(score)) : nil
      }
      return Array(hits.sorted(by: precedes).prefix(limit))
    }
  }

  /// Three passages of lengths 3, 2 and 4 (average 3), k1 = 0.9, b = 0.4, query "cat":
  /// df = 2, idf = ln(1 + (3 − 2 + ½) / (2 + ½)) = ln 1.6 = 0.4700036;
  /// first: tf 2, norm 1: 2 / (2 + 0.9) = 0.6896552, score 0.3241404;
  /// third: tf 1, norm 0.6 + 0.4 · 4/3 = 1.1333333: 1 / 2.02 = 0.4950495, score 0.2326751.
  @Test func threePassagesScoreAsWorkedByHand() throws {
    let index = TemporaryIndex()
    let texts = ["cat cat dog", "dog dog", "cat mouse mouse mouse"]
    try index.build(
      texts.enumerated().map { Passage(id: "\($0)", title: "", text: $1) },
      settings: IndexSettings(analyzer: .whitespace))
    let open = try index.open()
    let hits = try open.bm25("cat", top: 10)
    #expect(hits.map(\.row) == [0, 2])
    #expect(abs(hits[0].score - 0.324_140_4) < 1e-6)
    #expect(abs(hits[1].score - 0.232_675_1) < 1e-6)
    let twice = try open.bm25("cat cat", top: 10)
    #expect(abs(twice[0].score - 2 * 0.324_140_4) < 1e-6)
    #expect(abs(try open.idf("cat") - 0.470_003_6) < 1e-6)
  }

  @Test(arguments: [(300, 40, 0.9, 0.4), (9000, 300, 0.9, 0.4), (9000, 3000, 1.2, 0.75)])
  func fastSearchEqualsScoringEverything(
    count: Int, words: Int, k1: Double, b: Double
  ) throws {
    let index = TemporaryIndex()
    let passages = zipfPassages(count, words: words, longest: 24, seed: UInt64(count + words))
    let parameters = BM25Parameters(k1: k1, b: b)
    try index.build(passages, settings: IndexSettings(analyzer: .whitespace, bm25: parameters))
    let open = try index.open()
    let naive = Naive(passages, k1: k1, b: b)
    var random = SplitMix64(seed: 5)
    var queries = [1, 2, 3, 5, 8, 30, 30].map { terms in
      (0..<terms).map { _ in zipfWord(words, &random) }.joined(separator: " ")
    }
    // Terms that nearly every passage holds, ones that hardly any does, and some that count twice
    // or more often.
    queries += [
      "w1", "w1 w2", "w\(words - 2)", "w1 w\(words - 3)", "w2 w2 w2 w9 w\(words / 2) w3",
      "w\(words / 2) w\(words / 2) w\(words / 3) w1 w1 w1 w1 w1 w1 w1 w1",
    ]
    for query in queries {
      let expected = naive.top(1000, query)
      for top in [1, 3, 10, 100, 1000] {
        let hits = try open.bm25(query, top: top)
        #expect(hits == Array(expected.prefix(top)), "query \(query), top \(top)")
      }
    }
  }

  @Test func unknownTermsAndEmptyQueriesFindNothing() throws {
    let index = TemporaryIndex()
    try index.build(Toy.passages(3))
    let open = try index.open()
    #expect(try open.bm25("", top: 5).isEmpty)
    #expect(try open.bm25("the of", top: 5).isEmpty)
    #expect(try open.bm25("zebra", top: 5).isEmpty)
    #expect(try open.bm25("number", top: 0).isEmpty)
    #expect(try open.bm25("number", top: 99).map(\.row) == [0, 1, 2])
  }

  @Test func explanationsAddUpToTheScore() throws {
    let index = TemporaryIndex()
    try index.build(zipfPassages(500, words: 50, longest: 30, seed: 3))
    let open = try index.open()
    let query = "w1 w2 w2 w7 zebra w20"
    for hit in try open.bm25(query, top: 20) {
      let parts = try open.explain(query, row: hit.row)
      #expect(parts.count == 5)
      #expect(Float(parts.reduce(0) { $0 + $1.score }) == hit.score)
      #expect(parts.first { $0.term == "w2" }?.queryFrequency == 2)
      let words = try open.analyze(open.passage(row: hit.row).text)
      for part in parts {
        #expect(part.termFrequency == words.count { $0 == part.term })
      }
    }
  }
}
