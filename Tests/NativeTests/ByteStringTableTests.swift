import Native
import Testing

struct ByteStringTableTests {
  private func words(_ count: Int) -> [[UInt8]] {
    (0..<count).map { Array("\(($0 * 7919) % count)/\($0 % 13)".utf8) } + [[]]
  }

  @Test func stringsKeepTheNumbersOfTheirFirstAppearance() {
    var table = ByteStringTable()
    let words = words(20_000)
    for (number, word) in words.enumerated() {
      #expect(table.insert(word.span) == (number, true))
    }
    for (number, word) in words.enumerated() {
      #expect(table.insert(word.span) == (number, false))
      #expect(Array(table[number]) == word)
    }
    #expect(table.count == words.count)
  }

  @Test func numbersAreSortedByTheBytesOfTheirStrings() {
    var table = ByteStringTable()
    let words = words(500) + [[0], [0, 0], [0xFF], [0x7F]]
    for word in words { _ = table.insert(word.span) }
    let sorted = table.sorted((0..<UInt32(table.count)).map { $0 }).map { Array(table[Int($0)]) }
    #expect(sorted == words.sorted { $0.lexicographicallyPrecedes($1) })
  }
}
