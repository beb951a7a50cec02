import Foundation
import Reading
import Retrieval

/// An answer as people read it: the answer with its confidence, and the passage that says so with
/// the answer marked in it.
struct AnswerText {
  let text: String

  /// - Parameter terminal: marks by bold type and colour, else by double brackets.
  init(_ answered: Answered, terminal: Bool = Console.outputIsTerminal) {
    let prediction = answered.prediction
    let confidence = String(format: "confidence %.2f", prediction.confidence)
    let passages = answered.context.packed.map(\.passage)
    if prediction.prediction.isEmpty {
      text = "no answer (\(confidence))"
      return
    }
    let answer = terminal ? "\u{1B}[1m\(prediction.prediction)\u{1B}[0m" : prediction.prediction
    guard let evidence = prediction.evidence,
      let passage = passages.first(where: { $0.id == evidence.id })
    else {
      text = "\(answer) (\(confidence), in none of the passages)"
      return
    }
    let title = passage.title.isEmpty ? "" : "\(passage.title) "
    let marked = Self.mark(passage.text, evidence.start..<evidence.end, terminal: terminal)
    text = "\(answer) (\(confidence))\n\n\(title)[\(passage.id)]\n\(marked)"
  }

  /// - Parameter range: Unicode scalars.
  private static func mark(_ text: String, _ range: Range<Int>, terminal: Bool) -> String {
    let scalars = Array(text.unicodeScalars)
    let (open, close) = terminal ? ("\u{1B}[1;32m", "\u{1B}[0m") : ("[[", "]]")
    let parts = [scalars[..<range.lowerBound], scalars[range], scalars[range.upperBound...]].map {
      var part = String.UnicodeScalarView()
      part.append(contentsOf: $0)
      return String(part)
    }
    return parts[0] + open + parts[1] + close + parts[2]
  }
}

/// Why an answer is what it is: the ranking, what of it was read, and the answer's rivals.
enum Explanation {
  static func text(_ answered: Answered) -> String {
    let context = answered.context
    let passages = answered.prediction.passages.prefix(20).map { source in
      let state = source.packed ? "read" : "    "
      return "  \(source.rank). \(decimal(source.score))  \(state)  [\(source.id)]  \(source.title)"
    }
    let rivals = answered.candidates.enumerated().map { place, candidate in
      let id = context.packed[candidate.passage].passage.id
      return "  \(place + 1). \(decimal(candidate.score))  span \(decimal(candidate.span))"
        + "  [\(id)]  \(candidate.text)"
    }
    let size = "\(context.packed.count) passages, \(context.tokens) tokens were read"
    let answers =
      rivals.isEmpty ? [] : ["answers by score (span: log odds against no answer)"] + rivals
    return (["passages by score; \(size), \(context.dropped) did not fit"] + passages + answers)
      .joined(separator: "\n")
  }

  private static func decimal(_ value: Double) -> String { String(format: "%7.3f", value) }
}
