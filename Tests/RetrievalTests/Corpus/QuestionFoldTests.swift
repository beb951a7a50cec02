import Testing

@testable import Retrieval

struct QuestionFoldTests {
  /// FNV-1a's published value for "foobar" is 0x85944171f73967e8.
  @Test func isFNV1a() {
    #expect(fold(of: "foobar", count: 1 << 62) == Int(0x8594_4171_f739_67e8 as UInt64 % (1 << 62)))
  }

  @Test func seesOnlyWords() {
    for count in 1...7 {
      #expect(fold(of: "Who  wrote\tit ", count: count) == fold(of: "who wrote it", count: count))
    }
  }
}
