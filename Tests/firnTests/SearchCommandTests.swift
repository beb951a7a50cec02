import Foundation
import Testing

@Suite struct SearchCommandTests {
  @Test func searchGivesTheDocumentedJSON() throws {
    let place = try Workplace.indexed()
    let result = try place.run("search", "latin poem", "--index", "tiny", "--json", "--top", "2")
    let document = try result.json()
    #expect(document["query"] as? String == "latin poem")
    let hits = try #require(document["hits"] as? [[String: Any]])
    #expect(hits.map { $0["id"] as? String } == ["3", "1"])
    #expect(hits.map { $0["rank"] as? Int } == [1, 2])
    #expect(Set(hits[0].keys) == ["rank", "id", "title", "score", "text"])
  }

  @Test func explainedTermsAddUpToTheScore() throws {
    let place = try Workplace.indexed()
    let result = try place.run("search", "latin poem", "--index", "tiny", "--json", "--explain")
    let hits = try #require(try result.json()["hits"] as? [[String: Any]])
    let terms = try #require(hits[0]["terms"] as? [[String: Any]])
    let sum = terms.compactMap { $0["score"] as? Double }.reduce(0, +)
    let score = try #require(hits[0]["score"] as? Double)
    #expect(terms.count == 2 && abs(sum - score) < 1e-6)
  }

  @Test func aRunInAnyFormatIsEvaluatedAlike() throws {
    let place = try Workplace.indexed()
    var recalls: [Double?] = []
    for name in ["run.json", "run.jsonl", "run.trec"] {
      let retrieved = try place.run(
        "retrieve", "questions.jsonl", "--index", "tiny", "--output", name)
      #expect(retrieved.status == 0 && retrieved.output == "")
      let evaluated = try place.run(
        "evaluate", "ranking", name, "--questions", "questions.jsonl", "--index", "tiny", "--json")
      let metrics = try evaluated.json()["metrics"] as? [String: [String: Double]]
      recalls.append(metrics?["recall@20"]?["value"])
    }
    // Only the first question's answer stands in a passage.
    #expect(recalls == [0.5, 0.5, 0.5])
  }

  @Test func runsSayWhetherAPassageBearsAnAnswer() throws {
    let place = try Workplace.indexed()
    let run = try place.run(
      "retrieve", "-", "--index", "tiny", "--format", "jsonl",
      input: Workplace.questions.joined(separator: "\n"))
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].contains(#""has_answer": true"#))
    #expect(lines[1].contains(#""has_answer": false"#))
    #expect(!lines[1].contains(#""has_answer": true"#))
  }

  @Test func aTRECRunIsJudgedByPassageIds() throws {
    let place = try Workplace.indexed()
    try place.run("retrieve", "questions.jsonl", "--index", "tiny", "--output", "run.trec")
    let byGold = try place.run(
      "evaluate", "ranking", "run.trec", "--questions", "questions.jsonl", "--json")
    #expect(try value("mrr", of: byGold) == 1)
    try place.write("qrels.tsv", ["a 0 3 1", "b 0 1 1", "c 0 2 1"])
    let judged = try place.run("evaluate", "ranking", "run.trec", "--qrels", "qrels.tsv", "--json")
    // One of three: question b's passage 1 is not found, question c was never asked.
    #expect(abs(try value("recall@5", of: judged) - 1.0 / 3) < 1e-9)
    #expect(abs(try value("ndcg@10", of: judged) - 1.0 / 3) < 1e-9)
  }

  @Test func filtersRestrictTheRankingAndNameWhatIsUnknown() throws {
    let place = try Workplace.indexed()
    try place.write("ids.txt", ["2", " 1 ", ""])
    func ids(_ filter: String...) throws -> [String?] {
      let result = try place.run(
        "search", "aeneid iliad odyssey homer", "--index", "tiny", "--json", with: filter)
      return try #require(try result.json()["hits"] as? [[String: Any]]).map { $0["id"] as? String }
    }
    #expect(Set(try ids("--filter-title", "Aeneid", "--filter-title", "Iliad")) == ["3", "2"])
    #expect(Set(try ids("--filter-ids", "ids.txt")) == ["1", "2"])
    #expect(try ids("--filter-ids", "ids.txt", "--filter-title", "Iliad") == ["2"])
    let unknown = try place.run("search", "poem", "--index", "tiny", "--filter-title", "Odyssee")
    #expect(unknown.status == 65 && unknown.error.contains("no passage has the title “Odyssee”"))
  }

  @Test func densePassagesNeedVectors() throws {
    let place = try Workplace.indexed()
    let result = try place.run("search", "poem", "--index", "tiny", "--method", "dense")
    #expect(result.status == 65 && result.error.contains("the index has no vectors"))
  }

  private func value(_ name: String, of result: Workplace.Result) throws -> Double {
    let metrics = try result.json()["metrics"] as? [String: [String: Double]]
    return try #require(metrics?[name]?["value"])
  }
}
