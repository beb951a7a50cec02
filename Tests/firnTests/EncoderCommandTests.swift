import Foundation
import Testing

/// Indexes by encoders of other kinds; the tiny networks lie with the tests of `Models`.
struct EncoderCommandTests {
  private static let models = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "ModelsTests/Fixtures/Encoders")

  private let place: Workplace

  init() throws {
    place = try Workplace()
    try place.write("corpus.jsonl", Workplace.corpus)
    try place.write("questions.jsonl", Workplace.questions)
    for name in ["tiny-dpr-passage", "tiny-dpr-question", "tiny-xlm-roberta", "tiny-distilbert"] {
      // A copy, since the checksum of the weights is kept beside them.
      try FileManager.default.copyItem(
        at: Self.models.appending(path: name), to: place.folder.appending(path: name))
    }
  }

  private func index(_ options: String..., to name: String = "tiny") throws -> Workplace.Result {
    try place.run("index", "corpus.jsonl", "--index", name, with: options)
  }

  private func encoder(of index: String) throws -> [String: Any] {
    let info = try place.run("info", index, "--json").json()
    return try #require(info["encoder"] as? [String: Any])
  }

  private func ranking(_ index: String, _ options: String...) throws -> [[String: Any]] {
    let found = try place.run(
      "search", "who wrote it", "--index", index, "--method", "dense", "--json", with: options)
    return try #require(found.json()["hits"] as? [[String: Any]], "\(found.error)")
  }

  private func scores(_ hits: [[String: Any]]) -> [String: Double] {
    Dictionary(
      uniqueKeysWithValues: hits.map { ($0["id"] as? String ?? "", $0["score"] as? Double ?? 0) })
  }

  private func vectors(_ model: String, _ texts: [String], prefix: String = "") throws -> [[Double]]
  {
    let lines = try texts.enumerated().map { id, text in
      let record = ["id": "\(id)", "text": text]
      return String(decoding: try JSONSerialization.data(withJSONObject: record), as: UTF8.self)
    }
    let embedded = try place.run(
      "model", "embed", model, "--input", "-", "--prefix", prefix,
      input: lines.joined(separator: "\n"))
    return try records(embedded.output).map { try #require($0["vector"] as? [Double]) }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test func twoEncodersShareAnIndex() throws {
    let built = try index("--encoder", "tiny-dpr-passage", "--query-encoder", "tiny-dpr-question")
    #expect(built.status == 0, "\(built.error)")
    let described = try encoder(of: "tiny")
    #expect(described["queryEncoder"] as? String == "tiny-dpr-question")
    #expect(described["pooling"] as? String == "cls, at most 62 tokens")
    let question = try vectors("tiny-dpr-question", ["who wrote it"])[0]
    let passages = try vectors(
      "tiny-dpr-passage",
      [
        "Odyssey [SEP] The Odyssey is an epic poem by Homer.",
        "Iliad [SEP] The Iliad, on the siege of Troy, is by Homer too.",
        "Aeneid [SEP] The Aeneid is a Latin poem that Virgil wrote.",
      ])
    let scores = scores(try ranking("tiny"))
    for (id, passage) in zip(["1", "2", "3"], passages) {
      #expect(abs((scores[id] ?? .nan) - dot(question, passage)) < 1e-4)
    }
    // The passages' encoder is no longer needed; the questions' is held to its weights.
    try FileManager.default.removeItem(at: place.folder.appending(path: "tiny-dpr-passage"))
    #expect(self.scores(try ranking("tiny")) == scores)
    let weights = place.folder.appending(path: "tiny-dpr-question/model.safetensors")
    try FileManager.default.removeItem(at: weights)
    try FileManager.default.copyItem(
      at: Self.models.appending(path: "tiny-dpr-passage/model.safetensors"), to: weights)
    let other = try place.run("search", "who", "--index", "tiny", "--method", "dense")
    #expect(other.status == 65)
    #expect(other.error.contains("is not the one that made the vectors"), "\(other.error)")
  }

  @Test func prefixesAreKeptAndAppliedToQueries() throws {
    let built = try index("--encoder", "tiny-xlm-roberta", "--query-prefix", "a monk ")
    #expect(built.status == 0, "\(built.error)")
    let described = try encoder(of: "tiny")
    #expect(described["queryPrefix"] as? String == "a monk ")
    #expect(described["passagePrefix"] as? String == "passage: ")
    let question = try vectors("tiny-xlm-roberta", ["who wrote it"], prefix: "a monk ")[0]
    let passage = try vectors(
      "tiny-xlm-roberta", ["Aeneid The Aeneid is a Latin poem that Virgil wrote."],
      prefix: "passage: ")[0]
    let score = scores(try ranking("tiny"))["3"] ?? .nan
    #expect(abs(score - dot(question, passage)) < 1e-5)
    let again = try index("--encoder", "tiny-xlm-roberta")
    #expect(again.status == 65 && again.error.contains("questions after “query: ”"))
  }

  @Test func eightBitIntegersAreRememberedAndComeNear() throws {
    #expect(try index("--encoder", "tiny-distilbert", to: "exact").status == 0)
    #expect(try index("--encoder", "tiny-distilbert", "--precision", "int8").status == 0)
    #expect(try encoder(of: "tiny")["precision"] as? String == "int8")
    let (exact, rounded) = (scores(try ranking("exact")), scores(try ranking("tiny")))
    #expect(exact != rounded)
    for id in ["1", "2", "3"] { #expect(abs((exact[id] ?? .nan) - (rounded[id] ?? .nan)) < 0.3) }
    let mixed = try index("--encoder", "tiny-distilbert")
    #expect(mixed.status == 65 && mixed.error.contains("another encoder"))
  }

  @Test func whatIsExportedComesBack() throws {
    #expect(try index("--encoder", "tiny-xlm-roberta").status == 0)
    let exported = try place.run("export", "tiny", "--vectors", "v.npy", "--ids", "ids.txt")
    #expect(exported.status == 0, "\(exported.error)")
    #expect(try place.read("ids.txt") == "1\n2\n3\n")
    let imported = try index(
      "--encoder", "tiny-xlm-roberta", "--vectors-from", "v.npy", to: "back")
    #expect(imported.status == 0, "\(imported.error)")
    #expect(scores(try ranking("back")) == scores(try ranking("tiny")))
    #expect(try encoder(of: "back")["matrix"] is String)
    #expect(try place.run("verify", "back").status == 0)
    // A copy without its last row's last number.
    let file = place.folder.appending(path: "v.npy")
    try Data(contentsOf: file).dropLast(4).write(to: file)
    let cut = try index("--encoder", "tiny-xlm-roberta", "--vectors-from", "v.npy", to: "cut")
    #expect(cut.status == 65 && cut.error.contains("3 × 20 numbers"), "\(cut.error)")
  }

  @Test func importedVectorsAreAppendedToByTheirModel() throws {
    #expect(try index("--encoder", "tiny-xlm-roberta").status == 0)
    #expect(try place.run("export", "tiny", "--vectors", "v.npy").status == 0)
    let source = ["--encoder", "tiny-xlm-roberta", "--vectors-from", "v.npy"]
    #expect(try index(source[0], source[1], source[2], source[3], to: "back").status == 0)
    try place.write("corpus.jsonl", [#"{"id": "4", "text": "Beowulf is an Old English epic."}"#])
    let other = try index("--encoder", "tiny-distilbert", "--append", to: "back")
    #expect(other.status == 65 && other.error.contains("--vectors-from"), "\(other.error)")
    for name in ["back", "tiny"] {
      let more = try index("--encoder", "tiny-xlm-roberta", "--append", to: name)
      #expect(more.status == 0, "\(more.error)")
    }
    #expect(scores(try ranking("back", "--top", "4")) == scores(try ranking("tiny", "--top", "4")))
    #expect(try encoder(of: "back")["matrix"] is String)
  }

  @Test func vectorsOfAnotherWidthOrCountAreRefused() throws {
    #expect(try index("--encoder", "tiny-xlm-roberta").status == 0)
    #expect(try place.run("export", "tiny", "--vectors", "v.npy").status == 0)
    let width = try index("--encoder", "tiny-distilbert", "--vectors-from", "v.npy", to: "other")
    #expect(width.status == 65 && width.error.contains("expected 20 floats"), "\(width.error)")
    try place.write("corpus.jsonl", Array(Workplace.corpus.prefix(2)))
    let count = try index("--encoder", "tiny-xlm-roberta", "--vectors-from", "v.npy", to: "other")
    #expect(count.status == 65 && count.error.contains("expected 2 rows"), "\(count.error)")
    let dense = try place.run("export", "other", "--vectors", "w.npy")
    #expect(dense.status == 65)
    #expect(try !place.names.contains("w.npy"))
  }

  @Test func lateInteractionAloneRanksAgain() throws {
    #expect(try index("--encoder", "tiny-dpr-question").status == 0)
    let hits = try ranking("tiny", "--rerank", "3", "--reranker", "maxsim")
    let found = hits.map { $0["score"] as? Double ?? .nan }
    // A weighted mean of cosines, so no score of vectors is among them.
    #expect(found.count == 3 && found.allSatisfy { abs($0) <= 1.001 })
    #expect(found == found.sorted(by: >))
    #expect(scores(hits) != scores(try ranking("tiny")))
  }

  @Test func aModelThatOnlyEncodesIsNoReader() throws {
    #expect(try index("--encoder", "tiny-xlm-roberta").status == 0)
    let ranked = try place.run(
      "search", "who", "--index", "tiny", "--rerank", "3", "--reranker", "maxsim")
    #expect(ranked.status == 65 && ranked.error.contains("can encode passages, no more"))
    #expect(try index("--encoder", "none", "--query-prefix", "a").status == 64)
  }
}
