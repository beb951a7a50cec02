import Models
import Retrieval
import Tensors
import Testing

@testable import Reading

/// The reader against all spans of all windows, one window at a time.
@Suite struct SpanReaderTests {
  private let network: SpanNetwork.Instance
  private let reader: SpanReader

  init() throws {
    let model = try FrozenMiniLM.load()
    network = model.instance(seed: 5)
    reader = SpanReader(network: network, builder: model.narrowBuilder)
  }

  /// The best score of every span that some window holds, by its place in the text.
  private func allSpans(_ question: String, _ passage: Passage) -> [Range<Int>: Float] {
    let builder = reader.builder
    let encoding = builder.tokenizer.encode(passage.text)
    let opening = builder.opening(
      question: builder.tokenizer.encode(question).ids,
      title: builder.tokenizer.encode(passage.title).ids)
    var best: [Range<Int>: Float] = [:]
    for window in builder.windows(opening, passage: encoding) {
      var batch = RaggedBatch()
      batch.append(ids: window.ids, segments: window.segments)
      let logits = network.logits(batch)
      let shift = window.firstToken - window.passage.lowerBound
      for i in window.passage {
        for j in i..<window.passage.upperBound where j - i < reader.longestAnswer {
          let range =
            encoding.offsets[i + shift].lowerBound..<encoding.offsets[j + shift].upperBound
          let score = logits[i, 0] + logits[j, 1] - logits[0, 0] - logits[0, 1]
          best[range] = max(score, best[range] ?? -.infinity)
        }
      }
    }
    return best
  }

  @Test func theBestSpansOfAllWindowsAreFound() throws {
    var random = SplitMix64(seed: 9)
    let requests = [[5, 90, 0], [31], []].map { lengths in
      SpanReader.Request(
        question: Words.text(3, using: &random),
        passages: lengths.enumerated().map {
          Passage(id: "\($0)", title: "É \($0)", text: "Ünï " + Words.text($1, using: &random))
        })
    }
    let found = reader.read(requests)
    #expect(found.map(\.count) == [3, 1, 0])
    for (request, lists) in zip(requests, found) {
      for (passage, spans) in zip(request.passages, lists) {
        let all = allSpans(request.question, passage)
        let expected = all.values.sorted(by: >).prefix(reader.candidates)
        try #require(spans.count == expected.count)
        // Windows that are read together may differ in the last digits.
        for (span, score) in zip(spans, expected) {
          #expect(abs(span.score - score) < 1e-3)
          #expect(abs(span.score - (try #require(all[span.range]))) < 1e-3)
          let cut = Array(passage.text.unicodeScalars)[span.range]
          #expect(Array(span.text.unicodeScalars) == Array(cut))
        }
        #expect(Set(spans.map(\.range)).count == spans.count)
      }
    }
  }

  @Test func noSpanIsLongerThanAsked() {
    var short = reader
    short.longestAnswer = 1
    let passage = Passage(id: "p", title: "", text: "cat dog river stone night green")
    let spans = short.read([.init(question: "who", passages: [passage])])[0][0]
    #expect(spans.count == 6 && spans.allSatisfy { !$0.text.contains(" ") })
  }

  @Test func aPassageWithoutTokensHasNoSpans() {
    let passage = Passage(id: "p", title: "T", text: " \n")
    #expect(reader.read([.init(question: "who", passages: [passage])])[0] == [[]])
  }

  @Test func spansAreRankedAsByFullSorting() {
    var random = SplitMix64(seed: 21)
    let window = ReadingWindow(ids: [], segments: [], passage: 3..<11, firstToken: 100)
    for _ in 0..<50 {
      let start = (0..<12).map { _ in random.normal(deviation: 1) }
      let end = (0..<12).map { _ in random.normal(deviation: 1) }
      let found = bestSpans(start: start, end: end, window: window, longest: 3, count: 4)
      var all: [(tokens: ClosedRange<Int>, score: Float)] = []
      for i in window.passage {
        for j in i..<min(i + 3, 11) {
          all.append((i + 97...j + 97, start[i] + end[j] - (start[0] + end[0])))
        }
      }
      let best = all.sorted { $0.score > $1.score }.prefix(4)
      #expect(found.map(\.tokens) == best.map(\.tokens))
      #expect(found.map(\.score) == best.map(\.score))
    }
  }
}
