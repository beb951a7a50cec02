import Models
import Tensors

/// A text-to-text task over a few words: an instruction, a content, and the one right answer.
struct SyntheticTask: Sendable {
  let name: String
  /// Different wordings.
  let instructions: [String]
  /// A content and its answer, words with spaces between them.
  let draw: @Sendable (inout SplitMix64) -> (content: String, answer: String)

  /// What examples are for; those of one use are never drawn with the seed of another.
  enum Use: UInt64 { case training, dev, test }

  /// An example by number: always the same.
  ///
  /// - Parameter instruction: the wording; nil draws one.
  func pair(_ number: Int, _ use: Use, seed: UInt64, instruction: String? = nil) -> TokenPair {
    var mixer = SplitMix64(seed: name.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
    var random = SplitMix64(seed: mixer.next() &+ use.rawValue << 40 &+ UInt64(number))
    let wording = instructions.randomElement(using: &random) ?? ""
    let (content, answer) = draw(&random)
    return TokenPair(
      input: SyntheticVocabulary.ids("\(instruction ?? wording) : \(content) ="),
      target: SyntheticVocabulary.ids(answer) + [SyntheticVocabulary.end])
  }

  func pairs(
    _ count: Int, _ use: Use, seed: UInt64, instruction: String? = nil
  ) -> [TokenPair] {
    (0..<count).map { pair($0, use, seed: seed, instruction: instruction) }
  }

  /// The mixture that the small networks are trained on.
  static let training: [SyntheticTask] =
    ["[ ]", "{ }", "< >"].map(span) + [
      SyntheticTask(name: "value of a key", instructions: ["value of", "find digit of"]) {
        let (keys, values, asked) = $0.table()
        return (entries(keys, values) + " ? " + keys[asked], values[asked])
      },
      listed("first", ["first letter", "letter one"], letters: 3...6) { [$0[0]] },
      listed("last", ["last letter", "find last one"], letters: 3...6) { [$0[$0.count - 1]] },
      listed("reverse", ["reverse letters", "letters backwards"], letters: 3...5) { $0.reversed() },
      listed("sort letters up", ["sort letters up", "order letters up"], letters: 3...4) {
        $0.sorted()
      },
      listed("sort digits up", ["sort digits up", "order digits up"], digits: 3...4) {
        $0.sorted()
      },
      listed("sort digits down", ["sort digits down", "order digits down"], digits: 3...4) {
        $0.sorted(by: >)
      },
      listed("largest digit", ["largest digit", "find largest"], digits: 3...5) {
        [$0.max() ?? ""]
      },
      listed("smallest digit", ["smallest digit", "least digit"], digits: 3...5) {
        [$0.min() ?? ""]
      },
      listed("next letters", ["next letters", "letters after"], letters: 2...3) { letters in
        let all = SyntheticVocabulary.letters
        return letters.map { all[((all.firstIndex(of: $0) ?? 0) + 1) % all.count] }
      },
      SyntheticTask(
        name: "most frequent", instructions: ["most frequent letter", "letter seen most times"]
      ) {
        let (letters, most, _) = $0.majority()
        return (letters, most)
      },
      SyntheticTask(name: "add", instructions: ["add digits", "sum of digits"]) {
        let (a, b) = (Int.random(in: 0...9, using: &$0), Int.random(in: 0...9, using: &$0))
        return ("\(a) \(b)", "\((a + b) % 10)")
      },
      SyntheticTask(name: "count", instructions: ["count of letter", "times seen"]) { random in
        let letters = random.distinct(SyntheticVocabulary.letters, 2...3)
        let drawn = (0..<Int.random(in: 4...7, using: &random)).map { _ in
          letters.randomElement(using: &random) ?? ""
        }
        return (words(drawn) + " ? " + letters[0], "\(drawn.count { $0 == letters[0] })")
      },
    ]

  /// What the networks have not seen: a bracket that they were never asked for, two known answers one
  /// after the other, a known order of other things, and the opposite of a known choice.
  static let heldOut: [SyntheticTask] = [
    span("( )"),
    listed(
      "first and last", ["first letter last letter", "find first one last one"], letters: 3...6
    ) { [$0[0], $0[$0.count - 1]] },
    listed("sort letters down", ["sort letters down", "order letters down"], letters: 3...4) {
      $0.sorted(by: >)
    },
    SyntheticTask(
      name: "least frequent", instructions: ["least frequent letter", "letter seen least times"]
    ) {
      let (letters, _, least) = $0.majority()
      return (letters, least)
    },
  ]

  // MARK: Forms

  /// What stands inside one kind of brackets, beside another kind.
  private static func span(_ brackets: String) -> SyntheticTask {
    SyntheticTask(
      name: "span in \(brackets)",
      instructions: ["copy inside \(brackets)", "span between \(brackets)"]
    ) {
      let own = SyntheticVocabulary.brackets.first { "\($0.0) \($0.1)" == brackets } ?? ("", "")
      let others = SyntheticVocabulary.brackets.filter { $0 != own }
      let other = others.randomElement(using: &$0) ?? own
      let letters = $0.distinct(SyntheticVocabulary.letters, 8...9)
      let (first, second) = (
        Int.random(in: 2...3, using: &$0), Int.random(in: 2...3, using: &$0)
      )
      let spans = Bool.random(using: &$0) ? [own, other] : [other, own]
      let parts = [
        Array(letters[0..<1]), [spans[0].0], Array(letters[1..<1 + first]), [spans[0].1],
        Array(letters[1 + first..<2 + first]), [spans[1].0],
        Array(letters[2 + first..<2 + first + second]), [spans[1].1],
        Array(letters[(2 + first + second)...]),
      ]
      return (words(Array(parts.joined())), words(parts[spans[0] == own ? 2 : 6]))
    }
  }

  private static func listed(
    _ name: String, _ instructions: [String], letters: ClosedRange<Int>? = nil,
    digits: ClosedRange<Int> = 3...4, _ answer: @escaping @Sendable ([String]) -> [String]
  ) -> SyntheticTask {
    SyntheticTask(name: name, instructions: instructions) { random in
      let items =
        letters.map { random.distinct(SyntheticVocabulary.letters, $0) }
        ?? random.distinct(SyntheticVocabulary.digits, digits)
      return (words(items), words(answer(items)))
    }
  }

  private static func words(_ words: [String]) -> String { words.joined(separator: " ") }

  private static func entries(_ keys: [String], _ values: [String]) -> String {
    zip(keys, values).map { "\($0) \($1)" }.joined(separator: " , ")
  }
}

extension SplitMix64 {
  /// Some of these, no two the same, in any order.
  fileprivate mutating func distinct(_ words: [String], _ count: ClosedRange<Int>) -> [String] {
    let count = Int.random(in: count, using: &self)
    return Array(words.shuffled(using: &self).prefix(count))
  }

  /// Letters with a digit each, no two the same, and which of them is asked for.
  fileprivate mutating func table() -> (keys: [String], values: [String], asked: Int) {
    let keys = distinct(SyntheticVocabulary.letters, 3...4)
    let values = distinct(SyntheticVocabulary.digits, keys.count...keys.count)
    return (keys, values, Int.random(in: keys.indices, using: &self))
  }

  /// Five or seven of two letters in any order.
  fileprivate mutating func majority() -> (letters: String, most: String, least: String) {
    let pair = distinct(SyntheticVocabulary.letters, 2...2)
    let count = Bool.random(using: &self) ? 5 : 7
    let most = Int.random(in: count / 2 + 1..<count, using: &self)
    let letters = (0..<count).map { pair[$0 < most ? 0 : 1] }.shuffled(using: &self)
    return (letters.joined(separator: " "), pair[0], pair[1])
  }
}
