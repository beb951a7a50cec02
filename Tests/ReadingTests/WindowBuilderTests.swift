import Models
import Tensors
import Testing

@testable import Reading

@Suite struct WindowBuilderTests {
  private let builder: WindowBuilder

  init() throws { builder = try FrozenMiniLM.load().narrowBuilder }

  private func ids(_ text: String) -> [Int32] { builder.tokenizer.encode(text).ids }

  @Test func windowsCoverThePassageWithTheOverlap() {
    var random = SplitMix64(seed: 3)
    let opening = builder.opening(question: ids("seven stone"), title: ids("river"))
    let room = builder.longest - opening.count - 1
    for length in [0, 1, room - 1, room, room + 1, 2 * room, 200] {
      let passage = builder.tokenizer.encode(Words.text(length, using: &random))
      let windows = builder.windows(opening, passage: passage)
      let ranges = windows.map { $0.firstToken..<$0.firstToken + $0.passage.count }
      #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == length)
      for (left, right) in zip(ranges, ranges.dropFirst()) {
        #expect(left.upperBound - right.lowerBound == builder.overlap)
        #expect(left.count == room)
      }
      for (window, range) in zip(windows, ranges) {
        #expect(window.ids.count <= builder.longest && window.ids.count == window.segments.count)
        #expect(Array(window.ids[window.passage]) == Array(passage.ids[range]))
      }
    }
  }

  @Test func aPassageThatFitsHasOneWindow() {
    let text = Array(repeating: "cat", count: 33).joined(separator: " ")
    let opening = builder.opening(question: ids("who ran far"), title: [])
    // 1 + 3 + 1 before the passage and 1 behind it.
    #expect(builder.windows(opening, passage: builder.tokenizer.encode(text)).count == 1)
    let longer = builder.tokenizer.encode(text + " dog dog")
    #expect(builder.windows(opening, passage: longer).count == 2)
  }

  @Test func aWindowIsQuestionTitleAndPassageWithTheirSegments() {
    let opening = builder.opening(question: ids("seven"), title: ids("river"))
    let window = builder.windows(opening, passage: builder.tokenizer.encode("cat dog"))[0]
    let (cls, sep) = (builder.tokenizer.clsID, builder.tokenizer.sepID)
    #expect(window.ids == [cls] + ids("seven") + [sep] + ids("river . cat dog") + [sep])
    #expect(window.segments == [0, 0, 0, 1, 1, 1, 1, 1])
    #expect(window.passage == 5..<7)
    let mask = window.mask([Float](repeating: 1, count: 8))
    #expect(mask.indices.filter { mask[$0] == 1 } == [0, 5, 6])
  }

  @Test func longQuestionsAndTitlesAreCut() {
    var builder = builder
    builder.longestQuestion = 3
    builder.longestTitle = 2
    let many = ids("cat dog river stone night")
    let opening = builder.opening(question: many, title: many)
    #expect(opening.count == 1 + 3 + 1 + 2 + 1)
    #expect(opening.ids[1..<4] == many[..<3])
  }
}
