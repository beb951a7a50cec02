import Foundation
import Testing

@Suite struct ConvertCommandTests {
  private static let run = [
    #"[{"question": "who wrote the aeneid", "answers": ["Virgil"], "ctxs": ["#,
    #"{"id": "wiki:3", "title": "Aeneid", "text": "A poem that Virgil wrote.", "score": "2.5", "#
      + #""has_answer": true, "title_score": 1}]}]"#,
  ]

  @Test func whatIsFoundAndWhatIsLostIsSaid() throws {
    let place = try Workplace()
    try place.write("run.json", Self.run)
    let result = try place.run("convert", "run.json", "run.trec", "--to", "trec")
    #expect(result.status == 0 && result.output == "")
    #expect(try place.read("run.trec") == "0 Q0 wiki:3 1 2.500000 firn\n")
    #expect(
      result.error == """
        run.json: rankings, dpr (recognised)
        not read: ctxs.title_score (1)
        not carried over: the question's text (1), answers (1), passages' titles (1), \
        passages' texts (1), has_answer (1)
        run.trec: 1 rankings, trec

        """)
    let quiet = try place.run("convert", "run.json", "-", "--to", "msmarco", "--quiet")
    #expect(quiet.output == "0\twiki:3\t1\n")
    #expect(quiet.error.hasPrefix("not read: ") && quiet.error.contains("\nnot carried over: "))
  }

  /// A TREC run gets its texts from an index, its answers from the questions, and judges itself.
  @Test func aRunIsCompletedFromIndexAndQuestions() throws {
    let place = try Workplace.indexed()
    try place.write("run.trec", ["b Q0 wiki:2 1 3.5 x", "a Q0 3 1 2 x", "a Q0 1 2 1 x"])
    let result = try place.run(
      "convert", "run.trec", "run.jsonl", "--to", "jsonl", "--questions", "questions.jsonl",
      "--index", "tiny", "--id-prefix", "wiki:")
    #expect(result.status == 0, "\(result.error)")
    let lines = try place.read("run.jsonl").split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0] == #"{"id": "b", "question": "siege of troy", "answers": ["Ilium"], "#
        + #""passage_id": "2", "ctxs": [{"id": "wiki:2", "title": "Iliad", "text": "#
        + #""The Iliad, on the siege of Troy, is by Homer too.", "score": "3.5", "#
        + #""has_answer": false}]}"#)
    #expect(lines[1].contains(#""id": "wiki:3", "title": "Aeneid""#))
    #expect(lines[1].contains(#""has_answer": true"#))
  }

  @Test func predictionsGoToEveryScorer() throws {
    let place = try Workplace()
    try place.write("questions.jsonl", Workplace.questions)
    try place.write(
      "own.jsonl",
      [
        #"{"id": "b", "question": "siege of troy", "prediction": "Homer", "confidence": 0.75, "#
          + #""passages": [], "evidence": null}"#,
        #"{"id": "a", "question": "who wrote the aeneid", "prediction": "", "confidence": 0.5}"#,
      ])
    func convert(_ format: String, _ options: String...) throws -> String {
      let result = try place.run(
        "convert", "own.jsonl", "-", "--to", format, with: options)
      #expect(result.status == 0, "\(result.error)")
      return result.output
    }
    #expect(try convert("fid") == "b\tHomer\na\t\n")
    let squad = try convert("squad", "--na-prob-output", "na.json")
    #expect(squad == "{\n    \"b\": \"Homer\",\n    \"a\": \"\"\n}\n")
    #expect(try place.read("na.json") == "{\n    \"b\": 0.25,\n    \"a\": 0.5\n}\n")
    // With the questions, in their order.
    #expect(try convert("fid", "--questions", "questions.jsonl") == "a\t\nb\tHomer\n")
    try place.write("fid.txt", ["b\tHomer", "a\tVirgil"])
    let open = try place.run(
      "convert", "fid.txt", "-", "--from", "predictions/fid", "--to", "nq-open", "--questions",
      "questions.jsonl")
    #expect(
      open.output == #"{"question": "who wrote the aeneid", "prediction": "Virgil"}"# + "\n"
        + #"{"question": "siege of troy", "prediction": "Homer"}"# + "\n")
  }

  /// What convert writes, evaluate reads: one figure from every format.
  @Test(arguments: ["jsonl", "nq-open", "dpr", "squad", "fid", "kilt"])
  func everyFormatOfPredictionsScoresTheSame(format: String) throws {
    let place = try Workplace()
    // Ids that are line numbers, for the formats that have none.
    try place.write(
      "questions.jsonl",
      [#"{"question": "q", "answer": ["x"]}"#, #"{"question": "r", "answer": ["y"]}"#])
    try place.write(
      "own.jsonl",
      [
        #"{"id": "0", "question": "q", "prediction": "The X.", "confidence": 0.5}"#,
        #"{"id": "1", "question": "r", "prediction": "z", "confidence": 0.5}"#,
      ])
    try place.run("convert", "own.jsonl", "p", "--to", format)
    let result = try place.run(
      "evaluate", "answers", "p", "--questions", "questions.jsonl", "--json")
    let metrics = try result.json()["metrics"] as? [String: [String: Double]]
    #expect(metrics?["em"]?["value"] == 0.5, "\(result.error)")
  }

  /// Line numbers stand in for ids that are missing; they must not win over the questions' texts.
  @Test func whatHasNoIdsIsMatchedByTheQuestionsText() throws {
    let place = try Workplace()
    try place.write(
      "questions.jsonl",
      [#"{"question": "one", "answer": ["1"]}"#, #"{"question": "two", "answer": ["2"]}"#])
    try place.write(
      "answers.jsonl",
      [#"{"question": "two", "prediction": "2"}"#, #"{"question": "one", "prediction": "1"}"#])
    let scored = try place.run(
      "evaluate", "answers", "answers.jsonl", "--questions", "questions.jsonl", "--json")
    let metrics = try scored.json()["metrics"] as? [String: [String: Double]]
    #expect(metrics?["em"]?["value"] == 1, "\(scored.error)")
    try place.write(
      "run.jsonl",
      [#"{"question": "two", "ctxs": [{"id": 5}]}"#, #"{"question": "one", "ctxs": [{"id": 6}]}"#])
    let run = try place.run(
      "convert", "run.jsonl", "-", "--to", "msmarco", "--questions", "questions.jsonl")
    #expect(run.output == "1\t5\t1\n0\t6\t1\n", "\(run.error)")
    let unknown = try place.write("other.jsonl", [#"{"question": "three", "prediction": "3"}"#])
    let stray = try place.run(
      "evaluate", "answers", unknown.path, "--questions", "questions.jsonl", "--partial")
    #expect(stray.status == 65 && stray.error.contains("\"three\""))
  }

  private static let page =
    #"{"example_id": 9, "question_text": "q", "document_text": "<P> It was New York City . </P>", "#
    + #""annotations": [{"yes_no_answer": "NONE", "short_answers": "#
    + #"[{"start_token": 3, "end_token": 6}]}], "#
    + #""long_answer_candidates": [{"start_token": 0, "end_token": 8, "top_level": true}]}"#

  @Test func naturalQuestionsBecomeNQOpen() throws {
    let place = try Workplace()
    try place.write("nq.jsonl", [Self.page])
    let result = try place.run("convert", "nq.jsonl", "-", "--to", "nq-open")
    #expect(result.output == #"{"question": "q", "answer": ["New York City"]}"# + "\n")
    #expect(result.error.hasPrefix("nq.jsonl: questions, nq (recognised)\n"))
  }

  @Test func answersFindTheirPlaceInThePageAndBack() throws {
    let place = try Workplace()
    try place.write("nq.jsonl", [Self.page])
    try place.write(
      "own.jsonl", [#"{"id": "9", "question": "q", "prediction": "New York", "confidence": 1}"#])
    let spans = try place.run(
      "convert", "own.jsonl", "nq.json", "--to", "nq", "--questions", "nq.jsonl")
    #expect(spans.status == 0, "\(spans.error)")
    let text = try place.read("nq.json")
    #expect(
      text.contains(
        #""short_answers": [{"start_byte": -1, "end_byte": -1, "start_token": 3, "end_token": 5}]"#)
    )
    #expect(
      text.contains(
        #""long_answer": {"start_byte": -1, "end_byte": -1, "start_token": 0, "end_token": 8}"#))
    let back = try place.run(
      "convert", "nq.json", "-", "--to", "nq-open", "--questions", "nq.jsonl")
    #expect(back.output == #"{"question": "q", "prediction": "New York"}"# + "\n")
    let blind = try place.run("convert", "nq.json", "-", "--to", "nq-open")
    #expect(blind.status == 65 && blind.error.contains("--questions"))
  }

  @Test func goldPassagesBecomeJudgements() throws {
    let place = try Workplace()
    try place.write("questions.jsonl", Workplace.questions)
    let qrels = try place.run("convert", "questions.jsonl", "-", "--to", "qrels")
    #expect(qrels.output == "a 0 3 1\nb 0 2 1\n")
    let beir = try place.run("convert", "questions.jsonl", "-", "--to", "judgements/beir")
    #expect(beir.output == "query-id\tcorpus-id\tscore\na\t3\t1\nb\t2\t1\n")
    let queries = try place.run("convert", "questions.jsonl", "-", "--to", "beir")
    #expect(queries.output.hasPrefix(#"{"_id": "a", "text": "who wrote the aeneid"}"#))
  }

  @Test func passagesAndQuestionsOfRankingsAreConverted() throws {
    let place = try Workplace()
    try place.write("corpus.jsonl", Workplace.corpus)
    let corpus = try place.run("convert", "corpus.jsonl", "-", "--to", "dpr")
    #expect(
      corpus.output.hasPrefix(
        "id\ttext\ttitle\n1\tThe Odyssey is an epic poem by Homer.\tOdyssey\n"))
    try place.write("run.json", Self.run)
    let questions = try place.run("convert", "run.json", "-", "--to", "nq-open")
    #expect(
      questions.output == #"{"question": "who wrote the aeneid", "answer": ["Virgil"]}"# + "\n")
    #expect(questions.error.contains("not carried over: the ranking (1)"))
  }

  @Test func malformedRecordsStopWith65OrAreSkipped() throws {
    let place = try Workplace()
    try place.write(
      "bad.jsonl", [Workplace.questions[0], #"{"question": 3}"#, Workplace.questions[1]])
    let result = try place.run("convert", "bad.jsonl", "out.tsv", "--to", "trec")
    #expect(result.status == 65 && result.error.contains("firn: bad.jsonl:2: expected"))
    #expect(try !place.names.contains { $0.hasPrefix("out") })
    let skipping = try place.run("convert", "bad.jsonl", "-", "--to", "trec", "--skip-bad")
    #expect(skipping.output == "a\twho wrote the aeneid\nb\tsiege of troy\n")
    #expect(skipping.error.contains("skipped 1 bad records, the first: bad.jsonl:2: expected"))
    let stray = try place.run(
      "convert", "own", "-", "--from", "predictions/fid", "--to", "squad", "--questions",
      "bad.jsonl")
    #expect(stray.status == 65)
  }

  @Test func wrongFormatsAre64() throws {
    let place = try Workplace()
    try place.write("q.jsonl", Workplace.questions)
    try place.write("qrels", ["a 0 3 1"])
    let cases = [
      ["q.jsonl", "-", "--to", "nonsense"], ["q.jsonl", "-", "--to", "judgements/dpr"],
      ["q.jsonl", "-"], ["qrels", "-", "--to", "dpr"], ["-", "-", "--to", "dpr"],
      ["q.jsonl", "-", "--to", "rankings/dpr"], ["q.jsonl", "-", "--to", "things/dpr"],
      ["q.jsonl", "-", "--to", "dpr", "--questions", "q.jsonl"],
      ["q.jsonl", "-", "--to", "dpr", "--index", "i"],
      ["q.jsonl", "-", "--to", "dpr", "--na-prob", "q.jsonl"],
    ]
    for arguments in cases {
      #expect(try place.run("convert", with: arguments).status == 64, "\(arguments)")
    }
    #expect(try place.run("convert", "none", "-", "--to", "dpr").status == 66)
  }

  @Test func standardInputIsReadAsItIsSaidToBe() throws {
    let place = try Workplace()
    let result = try place.run(
      "convert", "-", "-", "--from", "questions/trec", "--to", "beir", input: "q1\twhat\n")
    #expect(result.output == #"{"_id": "q1", "text": "what"}"# + "\n")
  }
}
