import Models
import Native
import Retrieval
import Tensors

/// The embedded reader: a frozen BERT with a learned module, which marks answers in passages.
package struct SpanReader: Sendable {
  package let builder: WindowBuilder
  /// Tokens in an answer at most, and candidates kept for each passage.
  package var longestAnswer = 16
  package var candidates = 10
  private let network: SpanNetwork.Instance

  package init(network: SpanNetwork.Instance, builder: WindowBuilder) {
    self.network = network
    self.builder = builder
  }

  /// A question and the passages it is to be answered from.
  package struct Request: Sendable {
    package let question: String
    package let passages: [Passage]

    package init(question: String, passages: [Passage]) {
      self.question = question
      self.passages = passages
    }
  }

  /// The candidates of every passage of every request, best first, over all of a passage's windows.
  package func read(_ requests: [Request]) -> [[[SpanCandidate]]] {
    let encoded = Parallel.map(requests.count) { encode(requests[$0]) }
    let windows = encoded.enumerated().flatMap { request, passages in
      passages.enumerated().flatMap { passage, entry in
        entry.windows.map { (request: request, passage: passage, window: $0) }
      }
    }
    let groups = ragged(lengths: windows.map(\.window.ids.count))
    let spans = Parallel.map(groups.count) { group in
      read(groups[group].map { windows[$0].window })
    }
    var found = encoded.map { $0.map { _ in [(tokens: ClosedRange<Int>, score: Float)]() } }
    for (group, results) in zip(groups, spans) {
      for (index, result) in zip(group, results) {
        found[windows[index].request][windows[index].passage] += result
      }
    }
    return requests.indices.map { request in
      requests[request].passages.indices.map { passage in
        candidates(
          found[request][passage], encoded[request][passage].encoding,
          requests[request].passages[passage])
      }
    }
  }

  private func encode(_ request: Request) -> [(encoding: Encoding, windows: [ReadingWindow])] {
    let question = builder.tokenizer.encode(request.question).ids
    return request.passages.map { passage in
      let encoding = builder.tokenizer.encode(passage.text)
      let opening = builder.opening(
        question: question, title: builder.tokenizer.encode(passage.title).ids)
      return (encoding, builder.windows(opening, passage: encoding))
    }
  }

  private func read(_ windows: [ReadingWindow]) -> [[(tokens: ClosedRange<Int>, score: Float)]] {
    var batch = RaggedBatch()
    for window in windows { batch.append(ids: window.ids, segments: window.segments) }
    let logits = network.logits(batch)
    return windows.indices.map { index in
      let range = batch.range(index)
      return bestSpans(
        start: range.map { logits[$0, 0] }, end: range.map { logits[$0, 1] },
        window: windows[index], longest: longestAnswer, count: candidates)
    }
  }

  private func candidates(
    _ spans: [(tokens: ClosedRange<Int>, score: Float)], _ encoding: Encoding, _ passage: Passage
  ) -> [SpanCandidate] {
    let scalars = Array(passage.text.unicodeScalars)
    var seen: Set<Range<Int>> = []
    return spans.sorted { $0.score > $1.score }.prefix(2 * candidates).compactMap { span in
      let range =
        encoding.offsets[span.tokens.lowerBound]
        .lowerBound..<encoding.offsets[
          span.tokens.upperBound
        ].upperBound
      guard seen.insert(range).inserted, seen.count <= candidates else { return nil }
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars[range])
      return SpanCandidate(text: String(text), range: range, score: span.score)
    }
  }
}
