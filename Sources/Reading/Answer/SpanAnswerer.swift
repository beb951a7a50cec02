import Native
import Retrieval

/// Packs rankings, reads what was packed and decides on an answer.
package struct SpanAnswerer: Answerer {
  package let reader: SpanReader
  package var packer: PassagePacker
  package var combination: AnswerCombination
  /// Answers of less confidence are withheld.
  package var abstainBelow = 0.0
  /// Different answers that are kept for each question.
  package var longestList = 10

  package init(reader: SpanReader, packer: PassagePacker, combination: AnswerCombination) {
    self.reader = reader
    self.packer = packer
    self.combination = combination
  }

  /// What was read for one question: what was packed, and the spans found in each packed passage.
  package struct Reading: Sendable {
    package let ranking: Ranking
    package let context: PackedContext
    package let spans: [[SpanCandidate]]
  }

  /// One answer per ranking; the reader gets all of them at once.
  package func answer(_ rankings: [Ranking]) -> [Answered] {
    read(rankings).map(decide)
  }

  package func read(_ rankings: [Ranking]) -> [Reading] {
    let contexts = Parallel.map(rankings.count) { packer.pack(rankings[$0]) }
    let spans = reader.read(
      zip(rankings, contexts).map {
        SpanReader.Request(question: $0.question.text, passages: $1.packed.map(\.passage))
      })
    return rankings.indices.map {
      Reading(ranking: rankings[$0], context: contexts[$0], spans: spans[$0])
    }
  }

  /// The answer that the spans found in each packed passage add up to.
  package func decide(_ reading: Reading) -> Answered {
    let (ranking, context) = (reading.ranking, reading.context)
    let candidates = Array(
      Self.candidates(context.packed, reading.spans, weight: combination.passageWeight)
        .prefix(longestList))
    guard let best = candidates.first, let top = context.packed.first else {
      return Answered(
        prediction: Prediction(
          ranking.question, text: "", confidence: 0, evidence: nil, ranking: ranking.passages,
          packed: context.packed.count),
        context: context, candidates: [], features: nil)
    }
    let features = ConfidenceFeatures(candidates, topPassage: top.score)
    let confidence = combination.confidence(features)
    let isGiven = confidence >= abstainBelow
    let evidence = Prediction.Evidence(
      id: context.packed[best.passage].passage.id, start: best.range.lowerBound,
      end: best.range.upperBound)
    let prediction = Prediction(
      ranking.question, text: isGiven ? best.text : "", confidence: confidence,
      evidence: isGiven ? evidence : nil, ranking: ranking.passages, packed: context.packed.count)
    return Answered(
      prediction: prediction, context: context, candidates: candidates, features: features)
  }

  private static func candidates(
    _ packed: [RankedPassage], _ spans: [[SpanCandidate]], weight: Double
  ) -> [AnswerCandidate] {
    let top = packed.first?.score ?? 0
    let all = zip(packed, spans).enumerated().flatMap { index, entry in
      entry.1.map { span in
        AnswerCandidate(
          text: span.text, score: Double(span.score) + weight * (entry.0.score - top),
          span: Double(span.score), passage: index, range: span.range)
      }
    }
    return AnswerCandidate.merge(all)
  }
}
