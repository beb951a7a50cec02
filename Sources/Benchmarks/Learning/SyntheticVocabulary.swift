/// The words of the synthetic tasks, each of them a token.
enum SyntheticVocabulary {
  static let letters = "a b c d e f g h i j k l m n o p q r s t".split(separator: " ").map(
    String.init)
  static let digits = (0...9).map(String.init)
  static let brackets = [("(", ")"), ("[", "]"), ("{", "}"), ("<", ">")]

  private static let marks = ["start", "end", ":", "?", ",", "="]
  private static let instructionWords = """
    copy span inside between value letter letters digit digits of for find first last one reverse \
    backwards sort order up down most least frequent seen common add sum count times largest \
    smallest next after
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  static let words =
    marks + digits + letters + brackets.flatMap { [$0.0, $0.1] } + instructionWords

  /// What a decoder begins with, and what ends an answer.
  static let start: Int32 = 0
  static let end: Int32 = 1

  private static let numbers = Dictionary(
    uniqueKeysWithValues: words.enumerated().map { ($1, Int32($0)) })

  /// The tokens of words with spaces between them.
  ///
  /// - Requires: words of the vocabulary.
  static func ids(_ text: String) -> [Int32] {
    text.split(separator: " ").map { word in
      guard let id = numbers[String(word)] else {
        preconditionFailure("expected a word of the vocabulary, found \(word)")
      }
      return id
    }
  }
}
