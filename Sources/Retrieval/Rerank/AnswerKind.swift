/// What kind of thing a question asks for, told from its question words, and whether a text holds
/// one; both by simple rules for English.
enum AnswerKind: CaseIterable, Sendable {
  case date, number, name

  /// nil when the question's words do not say.
  init?(question: String) {
    let words = question.lowercased().split { !$0.isLetter && $0 != "'" }
    for (word, next) in zip(words, words.dropFirst() + [""]) {
      switch (word, next) {
      case ("when", _), ("what", "year"), ("which", "year"), ("what", "date"), ("what", "month"):
        self = .date
      case ("how", "many"), ("how", "much"), ("how", "long"), ("how", "old"), ("how", "far"),
        ("how", "tall"), ("how", "big"), ("how", "high"), ("how", "fast"), ("how", "large"):
        self = .number
      case ("who", _), ("whom", _), ("whose", _), ("who's", _): self = .name
      default: continue
      }
      return
    }
    return nil
  }

  /// The kinds of things that a text holds.
  static func found(in text: String) -> Set<AnswerKind> {
    var found: Set<AnswerKind> = []
    var previousIsName = false
    for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "," }) {
      let bare = word.prefix { $0 != "," }
      let isName =
        bare.first?.isUppercase == true && bare.dropFirst().contains(where: \.isLowercase)
      if isName && previousIsName { found.insert(.name) }
      previousIsName = isName && bare.count == word.count
      if bare.first?.isNumber == true {
        found.insert(.number)
        if let year = Int(bare), bare.count == 4, (1000...2100).contains(year) {
          found.insert(.date)
        }
      }
      if months.contains(bare) { found.insert(.date) }
      if numbers.contains(bare.lowercased()) { found.insert(.number) }
    }
    return found
  }

  private static let months: Set<Substring> = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let numbers: Set<String> = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "twenty", "thirty", "forty", "fifty", "hundred", "thousand", "million", "billion",
  ]
}
