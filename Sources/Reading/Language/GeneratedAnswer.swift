import Foundation
import Retrieval

/// The answer in what a language model wrote.
package enum GeneratedAnswer {
  /// The first line that says something, without blanks, quotation marks around all of it and a
  /// full stop at its end.
  package static func text(of completion: String) -> String {
    let lines = completion.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    var text = lines.first { !$0.isEmpty } ?? ""
    if text.hasSuffix("."), !text.dropLast().contains(".") { text.removeLast() }
    for (open, close) in [("\"", "\""), ("“", "”"), ("'", "'")]
    where text.count > 2 && text.hasPrefix(open) && text.hasSuffix(close) {
      text = String(text.dropFirst().dropLast())
    }
    return text
  }

  /// The probability of the whole answer as its model sees it, Π p; one half where that is not told.
  package static func confidence(_ completion: Completion) -> Double {
    guard let logarithms = completion.logProbabilities else { return 0.5 }
    return exp(min(0, logarithms.reduce(0) { $0 + Double($1) }))
  }

  /// Where the answer stands in the passages, the best one first: its words in their order, whatever
  /// their case and what is between them.
  package static func evidence(
    for answer: String, in passages: [Passage]
  ) -> Prediction.Evidence? {
    let wanted = words(of: answer).map(\.text)
    let sought = wanted.count > 1 && articles.contains(wanted[0]) ? wanted.dropFirst() : wanted[...]
    guard !sought.isEmpty else { return nil }
    for passage in passages {
      let words = words(of: passage.text)
      let starts = words.indices.dropLast(sought.count - 1)
      if let start = starts.first(where: { start in
        zip(sought, words[start...]).allSatisfy { $0 == $1.text }
      }) {
        let end = words[start + sought.count - 1].range.upperBound
        return Prediction.Evidence(
          id: passage.id, start: words[start].range.lowerBound, end: end)
      }
    }
    return nil
  }

  private static let articles: Set<String> = ["a", "an", "the"]

  /// Runs of letters, marks and digits in lower case, with their Unicode scalars' places.
  private static func words(of text: String) -> [(text: String, range: Range<Int>)] {
    var words: [(text: String, range: Range<Int>)] = []
    var word = ""
    var place = 0
    func finish() {
      if word.isEmpty { return }
      let count = word.unicodeScalars.count
      words.append((word.lowercased(), place - count..<place))
      word = ""
    }
    for scalar in text.unicodeScalars {
      if scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || scalar.properties.generalCategory == .nonspacingMark
      {
        word.unicodeScalars.append(scalar)
      } else {
        finish()
      }
      place += 1
    }
    finish()
    return words
  }
}
