import Models
import Testing

@testable import Benchmarks

struct SyntheticTaskTests {
  static let tasks = SyntheticTask.training + SyntheticTask.heldOut

  private func text(_ ids: [Int32]) -> [String] {
    ids.map { SyntheticVocabulary.words[Int($0)] }
  }

  /// The words between the colon and the equals sign, and the answer without its end.
  private func example(_ name: String, _ number: Int) throws -> (
    content: [String], answer: [String]
  ) {
    let task = try #require(Self.tasks.first { $0.name == name })
    let pair = task.pair(number, .training, seed: 5)
    let input = text(pair.input)
    let colon = try #require(input.firstIndex(of: ":"))
    #expect(input.last == "=" && pair.target.last == SyntheticVocabulary.end)
    return (Array(input[(colon + 1)...].dropLast()), text(pair.target.dropLast()))
  }

  @Test func heldOutTasksAreNotInTheMixture() {
    #expect(Set(Self.tasks.map(\.name)).count == 20)
    let words = Set(
      SyntheticTask.training.flatMap(\.instructions).flatMap { $0.split(separator: " ") })
    let known = Set(SyntheticTask.training.flatMap(\.instructions))
    for instruction in SyntheticTask.heldOut.flatMap(\.instructions) {
      #expect(!known.contains(instruction))
      // Their words are known, but for the bracket that was never asked for.
      #expect(
        instruction.split(separator: " ").allSatisfy { words.contains($0) || "()".contains($0) })
    }
  }

  @Test(arguments: tasks.map(\.name))
  func examplesAreTheSameForTheSameNumberAndOthersForOtherUses(name: String) throws {
    let task = try #require(Self.tasks.first { $0.name == name })
    #expect(task.pairs(20, .dev, seed: 1) == task.pairs(20, .dev, seed: 1))
    let dev = task.pairs(20, .dev, seed: 1)
    for other in [
      task.pairs(20, .test, seed: 1), task.pairs(20, .training, seed: 1),
      task.pairs(20, .dev, seed: 2),
    ] {
      #expect(zip(dev, other).filter { $0.0 != $0.1 }.count > 10)
    }
    #expect(dev.allSatisfy { $0.input.count <= 24 && $0.target.count <= 6 })
  }

  @Test(arguments: 0..<30)
  func spansStandBetweenTheirBrackets(number: Int) throws {
    let (content, answer) = try example("span in ( )", number)
    let (open, close) = try (
      #require(content.firstIndex(of: "(")), #require(content.firstIndex(of: ")"))
    )
    #expect(Array(content[open + 1..<close]) == answer && (2...3).contains(answer.count))
  }

  @Test(arguments: 0..<30)
  func tablesHaveTheAnswerBehindTheKey(number: Int) throws {
    let (content, answer) = try example("value of a key", number)
    let place = try #require(content.firstIndex(of: content[content.count - 1]))
    #expect([content[place + 1]] == answer)
  }

  @Test(arguments: 0..<30)
  func listsAreOrderedAndChosenFrom(number: Int) throws {
    func expect(_ name: String, _ answer: ([String]) -> [String]) throws {
      let (content, found) = try example(name, number)
      #expect(found == answer(content), "\(name) of \(content)")
    }
    try expect("sort letters down") { $0.sorted().reversed() }
    try expect("sort digits up") { $0.sorted() }
    try expect("reverse") { $0.reversed() }
    try expect("last") { $0.suffix(1) }
    try expect("first and last") { $0.prefix(1) + $0.suffix(1) }
    try expect("largest digit") { [$0.sorted().last ?? ""] }
    func ranked(_ letters: [String]) -> [String] {
      Set(letters).sorted { a, b in
        letters.filter { $0 == a }.count < letters.filter { $0 == b }.count
      }
    }
    try expect("least frequent") { [ranked($0)[0]] }
    try expect("most frequent") { [ranked($0)[1]] }
    try expect("add") { ["\($0.reduce(0) { $0 + (Int($1) ?? 0) } % 10)"] }
    try expect("count") { content in
      ["\(content.dropLast(2).filter { $0 == content[content.count - 1] }.count)"]
    }
  }
}
