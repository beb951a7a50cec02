import Foundation
import Reading
import Retrieval
import Testing

@Suite struct PredictionTests {
  private func fields(_ prediction: Prediction) throws -> [String: Any] {
    let line = try prediction.line()
    #expect(!line.contains("\n"))
    return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test func aRecordHasTheDocumentedFields() throws {
    let question = Question(id: "7", text: "who\nran", answers: ["ann", "a/b"])
    let fields = try fields(
      Prediction(
        question, text: "ann", confidence: 0.25, evidence: .init(id: "p", start: 3, end: 6),
        ranking: [ranked("p", title: "T", "so ann", score: 2), ranked("r", "x", score: 1)],
        packed: 1))
    #expect(
      Set(fields.keys) == [
        "id", "question", "prediction", "confidence", "passages", "evidence", "answers",
      ])
    #expect(fields["id"] as? String == "7" && fields["question"] as? String == "who\nran")
    #expect(fields["prediction"] as? String == "ann" && fields["confidence"] as? Double == 0.25)
    #expect(fields["answers"] as? [String] == ["ann", "a/b"])
    let evidence = try #require(fields["evidence"] as? [String: Any])
    #expect(Set(evidence.keys) == ["id", "start", "end"] && evidence["end"] as? Int == 6)
    let passages = try #require(fields["passages"] as? [[String: Any]])
    #expect(Set(passages[0].keys) == ["id", "title", "rank", "score", "packed"])
    #expect(passages.map { $0["packed"] as? Bool } == [true, false])
    #expect(passages.map { $0["rank"] as? Int } == [1, 2])
  }

  @Test func withoutEvidenceTheFieldIsNull() throws {
    let prediction = Prediction(
      Question(id: "7", text: "who"), text: "", confidence: 0, evidence: nil, ranking: [],
      packed: 0)
    let fields = try fields(prediction)
    #expect(fields["evidence"] is NSNull)
    #expect(fields["answers"] == nil)
    let read = try JSONDecoder().decode(Prediction.self, from: Data(prediction.line().utf8))
    #expect(read == prediction)
  }

  @Test func aJudgedPassageSaysWhetherItBearsAnAnswer() throws {
    var passage = ranked("p", "x")
    passage.hasAnswer = false
    let fields = try fields(
      Prediction(
        Question(id: "7", text: "who"), text: "", confidence: 0, evidence: nil,
        ranking: [passage], packed: 1))
    let passages = try #require(fields["passages"] as? [[String: Any]])
    #expect(passages[0]["has_answer"] as? Bool == false)
  }
}
