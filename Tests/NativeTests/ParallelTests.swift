import Testing

@testable import Native

struct ParallelTests {
  struct Odd: Error, Equatable { let index: Int }

  @Test(arguments: [0, 1, 3, 1000])
  func resultsComeInOrder(count: Int) {
    let squares = Parallel.map(count) { $0 * $0 }
    #expect(squares == (0..<count).map { $0 * $0 })
  }

  @Test func theErrorOfALowIndexIsThrown() {
    let error = #expect(throws: Odd.self) {
      try Parallel.map(100) { index throws(Odd) in
        if index >= 50 { throw Odd(index: index) }
        return index
      }
    }
    #expect((error?.index ?? 0) < 100)
  }
}
