import Foundation
import Testing

@Suite struct ReportCommandTests {
  @Test func figuresAreThoseOfTheResults() throws {
    let page = try ReportedExperiment().page()
    let table = try #require(
      page.firstMatch(of: /<table class="results">[\s\S]*?<\/table>/)?.output)
    let values = table.matches(of: /<data value="([^"]+)">([^<]+)<\/data>/)
    // Recall@20, recall at the reader's input, EM, F1, ECE; of each value, low end, high end.
    let expected: [Double] = [
      1, 0.5, 1, 0.5, 0, 1, 0.5, 0, 1, 0.625, 0.25, 1, 0.35, 0.0125, 0.875,
      1, 0.5, 1, 1, 1, 1, 0, 0, 0.25, 0.0625, 0, 0.3, 0.1, 0.05, 0.2,
    ]
    #expect(values.map { Double($0.1) } == expected)
    #expect(values.map { String($0.2) } == expected.map { String(format: "%.1f", 100 * $0) })
  }

  @Test func thePageNeedsNothingButItself() throws {
    let page = try ReportedExperiment().page()
    #expect(page.contains("default-src 'none'"))
    for pattern in [
      "https?://", "<(link|img|iframe|object|embed)\\b", "<[^>]* src=", "@import", "url\\(",
    ] {
      #expect(try page.firstMatch(of: Regex(pattern).ignoresCase()) == nil, "\(pattern)")
    }
  }

  @Test func hostileTextsStayTexts() throws {
    let page = try ReportedExperiment().page()
    let tags = page.matches(of: /<\/?script[^>]*>/.ignoresCase()).map { String($0.output) }
    #expect(tags == ["<script>", "</script>"])
    let blocks = page.matches(of: /<data hidden id="([^"]*)" value="[A-Za-z0-9+\/=]*"><\/data>\n/)
    #expect(
      blocks.map { String($0.1) } == ["page", "set-0", "details-0-0", "titles-0", "texts-0"])
    #expect(!page.contains("<!--") && !page.unicodeScalars.contains("\u{2028}"))
    #expect(page.contains("<title>&lt;script&gt;alert(&quot;name&quot;)&lt;/script&gt;</title>"))
  }

  @Test func dataSayWhatWasReadAndWhereTheEvidenceStands() throws {
    let experiment = try ReportedExperiment()
    let page = try experiment.page()
    let list = try fields("set-0", of: page, experiment.place)
    #expect(list["questions"] as? [String] == ReportedExperiment.questions.map(\.text))
    #expect(list["predictions"] as? [[String]] == [["Homer \u{2028}", "Troy"], ["x", ""]])
    // Digits, from the pipeline's end: 0 right, 2 packed but not read, 3 retrieved but not packed.
    #expect(list["outcomes"] as? [String] == ["03", "22"])
    let details = try fields("details-0-0", of: page, experiment.place)
    let runs = try #require(details["runs"] as? [[[Any]]])
    // Two of three passages, since the third is beyond the top and nobody read it.
    #expect(runs.count == 1 && runs[0][0][0] as? Int == 3 && runs[0][0][3] as? [Int] == [1, 2])
    let systems = try #require(details["systems"] as? [[[Any]]])
    #expect(systems[0][0][2] as? [Int] == [0] && systems[1][0][2] as? [Int] == [0, 1])
    // An owl takes two units of UTF-16 and one scalar: scalars 11 to 16 are units 12 to 17.
    #expect(systems[0][0][3] as? [Int] == [0, 12, 17])
    let titles = try block("titles-0", of: page, experiment.place) as? [[String]]
    #expect(titles == [["p1", "<b>Odyssey</b>"], ["p2", ""]])
    let texts = try block("texts-0", of: page, experiment.place) as? [String]
    #expect(texts == ["🦉 </b>: by Homer \u{2028} of <Chios>", "Ilium, also called Troy"])
  }

  @Test func resultsThatAskedTheSameAreOneSet() throws {
    let experiment = try ReportedExperiment()
    try experiment.place.run("-c", "cp -r results again", program: "/bin/bash")
    let result = try experiment.place.run("report", "results", "again/results.json", "-q")
    #expect(result.status == 0)
    let page = try fields("page", of: result.output, experiment.place)
    let sets = try #require(page["sets"] as? [[String: Any]])
    #expect(sets.count == 1 && (sets[0]["systems"] as? [String]).map { Set($0).count } == 4)
  }

  @Test func missingFilesAreNamed() throws {
    let place = try Workplace()
    let nothing = try place.run("report", "nowhere", "--output", "page.html")
    #expect(nothing.status == 66)
    #expect(nothing.error.contains("nowhere: expected results that firn experiment wrote"))
    for name in ["runs/bm25.jsonl", "predictions/a.jsonl", "questions/test.jsonl"] {
      let experiment = try ReportedExperiment()
      try FileManager.default.removeItem(at: experiment.folder.appending(path: name))
      let result = try experiment.report()
      #expect(result.status == 66 && result.error.contains("results/\(name): expected a file"))
      #expect(try experiment.place.names == ["results"])
    }
  }

  @Test(arguments: [
    ("{", "a complete JSON object"), ("[]", "a JSON object"), ("{}", "the field \"version\""),
    (#"{"version": 2}"#, "results of version 1"),
    (#"{"version": 1, "name": "x"}"#, "the field \"tool\""),
  ])
  func garbledResultsAreRefused(text: String, expected: String) throws {
    let experiment = try ReportedExperiment()
    try Data(text.utf8).write(to: experiment.folder.appending(path: "results.json"))
    let result = try experiment.report()
    #expect(result.status == 65 && result.error.contains("results.json:1: expected \(expected)"))
  }

  @Test(arguments: [
    (#""k":20"#, #""k":0"#, "\"k\" of at least 1"),
    (#""high":0.875"#, #""high":1.5"#, "0 ≤ low ≤ value ≤ high ≤ 1"),
    (#""run":"runs\/bm25.jsonl""#, #""run":"..\/secret""#, "\"run\" below the folder"),
    (#""count":2"#, #""count":3"#, "3 questions as in the results"),
    (#""questions":"test""#, #""questions":"dev""#, "questions of cell"),
    (#""high":1,"low":0,"value":0.5"#, #""high":1,"low":0,"value":0.25"#, "exact match 0.25"),
  ])
  func resultsThatCannotBeAreRefused(part: String, other: String, expected: String) throws {
    let experiment = try ReportedExperiment()
    let url = experiment.folder.appending(path: "results.json")
    let text = try String(contentsOf: url, encoding: .utf8)
    try #require(text.contains(part))
    try Data(text.replacing(part, with: other).utf8).write(to: url)
    let result = try experiment.report()
    #expect(result.status == 65 && result.error.contains("expected \(expected)"))
  }

  @Test(arguments: [
    (#""end":16"#, #""end":1000"#, "inside the passage"),
    (#""id":"p1","packed":true"#, #""id":"p9","packed":true"#, "from runs/bm25.jsonl"),
  ])
  func predictionsOfOtherPassagesAreRefused(part: String, other: String, expected: String) throws {
    let experiment = try ReportedExperiment()
    let url = experiment.folder.appending(path: "predictions/a.jsonl")
    let text = try String(contentsOf: url, encoding: .utf8)
    try #require(text.contains(part))
    try Data(text.replacing(part, with: other).utf8).write(to: url)
    let result = try experiment.report()
    #expect(result.status == 65 && result.error.contains("predictions/a.jsonl"))
    #expect(result.error.contains(expected))
  }

  /// A browser runs the page's script only if its checksum in the page's policy is right.
  @Test(.enabled(if: Browser.isInstalled, "chromium is needed"))
  func aBrowserShowsTheFirstQuestion() throws {
    let experiment = try ReportedExperiment()
    try Data(experiment.page().utf8).write(to: experiment.place.folder.appending(path: "page.html"))
    let dom = try Browser.dom(of: "page.html", in: experiment.place)
    #expect(dom.matches(of: /<span class="asked" dir="auto">/).count == 2)
    #expect(dom.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; who?</h3>"))
    #expect(dom.contains("<mark"))
    #expect(try #require(dom.firstMatch(of: /<mark>(.*?)<\/mark>/)).1.contains("Homer"))
    #expect(!dom.contains("<img"))
  }

  /// What a packed block holds; another program unpacks it.
  private func block(_ id: String, of page: String, _ place: Workplace) throws -> Any {
    let head = "<data hidden id=\"\(id)\" value=\""
    let start = try #require(page.range(of: head)).upperBound
    let end = try #require(page.range(of: "\"", range: start..<page.endIndex)).lowerBound
    let packed = try #require(Data(base64Encoded: String(page[start..<end])))
    try packed.write(to: place.folder.appending(path: "\(id).gz"))
    let text = try place.run("-dc", "\(id).gz", program: "/bin/gzip").output
    return try JSONSerialization.jsonObject(with: Data(text.utf8))
  }

  private func fields(
    _ id: String, of page: String, _ place: Workplace
  ) throws -> [String: Any] {
    try #require(try block(id, of: page, place) as? [String: Any])
  }
}
