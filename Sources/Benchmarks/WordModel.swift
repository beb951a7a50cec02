import Foundation
import Tensors

/// English-like texts of any amount: words by Zipf's law, in passages of natural lengths that belong
/// to articles with subjects of their own.
///
/// The probability of the word of rank r falls as 1 / (r + 1) over the first 2,000 ranks and as
/// r^−1.675 behind them, so that the vocabulary grows with the text as that of Wikipedia does: about
/// a quarter of a million words in 17 million, 800,000 in 120 million.
///
/// - Source: Montemurro 2001, "Beyond the Zipf–Mandelbrot law in quantitative linguistics", for the
///   two regimes.
struct WordModel: Sendable {
  private static let head = 2000.0
  private static let exponent = 1.675
  /// Words of an article's own, and the share of them in its text.
  private static let subjectWords = 40
  private static let subjectShare = 0.22
  /// Words and spread of a passage: exp(normal(ln 97, 0.25)).
  private static let logLength = (mean: log(97.0), deviation: 0.25)
  private static let lengths = 30...250

  private static let headShare: Double = {
    let tail = head / (head + 1) / (exponent - 1)
    return log(head + 1) / (log(head + 1) + tail)
  }()

  /// A rank, 0 for the most frequent word, by inverting the distribution's integral.
  private func rank(_ random: inout SplitMix64) -> Int {
    let place = Double.random(in: 0..<1, using: &random)
    if place < Self.headShare {
      return Int(exp(place / Self.headShare * log(Self.head + 1)) - 1)
    }
    let rest = (1 - place) / (1 - Self.headShare)
    return Int(min(1e12, Self.head * pow(max(rest, 1e-15), -1 / (Self.exponent - 1))))
  }

  private func contentRank(_ random: inout SplitMix64) -> Int {
    while true {
      let rank = rank(&random)
      if rank >= Spelling.functionWords.count { return rank }
    }
  }

  /// The passages of one article as ranks of words.
  func article(_ number: Int, seed: UInt64) -> [[Int]] {
    var random = SplitMix64(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number))
    let subject = (0..<Self.subjectWords).map { _ in contentRank(&random) }
    var passages: [[Int]] = []
    repeat {
      let length = exp(Self.logLength.mean + Self.logLength.deviation * normal(&random))
      let words = min(max(Int(length), Self.lengths.lowerBound), Self.lengths.upperBound)
      passages.append(
        (0..<words).map { _ in
          guard Double.random(in: 0..<1, using: &random) < Self.subjectShare else {
            return rank(&random)
          }
          let place = Double.random(in: 0..<1, using: &random)
          return subject[Int(place * place * Double(subject.count))]
        })
    } while passages.count < 30 && Int.random(in: 0..<5, using: &random) > 0
    return passages
  }

  /// A question in the words of a passage: two to six of them, rarer ones more often, among words
  /// that questions are made of.
  func question(about passage: [Int], number: Int, seed: UInt64) -> String {
    var random = SplitMix64(seed: ~seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number))
    let content = Set(passage).filter { $0 >= Spelling.functionWords.count }.sorted()
    let weighted = content.map { rank in
      // The largest of these keys are a sample by weight.
      (rank, log(Double.random(in: 0.0001..<1, using: &random)) / pow(log(Double(rank) + 2), 2))
    }.sorted { $0.1 > $1.1 }
    let chosen = weighted.prefix(Int.random(in: 2...6, using: &random)).map { Spelling.word($0.0) }
    let length = Int.random(in: chosen.count + 2...max(12, chosen.count + 2), using: &random)
    let glue = (0..<(length - chosen.count - 1)).map { _ in
      ["is", "was", "the", "of", "in", "did", "the", "a", "for", "are", "to", "by", "does", "from"]
        .randomElement(using: &random)!
    }
    let opening = [
      "What", "Who", "When", "Where", "Which", "How", "Why", "How many", "In what year",
    ]
    .randomElement(using: &random)!
    return ([opening] + (chosen + glue).shuffled(using: &random)).joined(separator: " ") + "?"
  }

  private func normal(_ random: inout SplitMix64) -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
  }
}

/// The words that ranks stand for.
enum Spelling {
  /// The most frequent words of English, in that order.
  static let functionWords = """
    the of and in to a was is for as on by with he that at from his it an were are which be this had \
    also or has first their its one but not been after who they her two have she new other when \
    during there into time all may more school world would such between over only most can under \
    then up while later about out than made them known use used many some where him these before
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  private static let syllables: [String] = {
    let onsets = "b c d f g h j k l m n p r s t v w z br ch cl dr fr gr pl pr sh st th tr"
    let rhymes = "a e i o u ar en in or an el on"
    return onsets.split(separator: " ").flatMap { onset in
      rhymes.split(separator: " ").map { String(onset + $0) }
    }
  }()

  /// A word for each rank, another one for each; frequent words are shorter.
  static func word(_ rank: Int) -> String {
    if rank < functionWords.count { return functionWords[rank] }
    var rest = rank - functionWords.count
    var word = ""
    repeat {
      word += syllables[rest % syllables.count]
      rest /= syllables.count
    } while rest > 0
    // None of those above ends like this.
    return word + "k"
  }
}
