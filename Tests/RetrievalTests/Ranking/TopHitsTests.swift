import Retrieval
import Tensors
import Testing

struct TopHitsTests {
  @Test(arguments: [0, 1, 7, 100, 500])
  func keepsWhatSortingEverythingWouldKeep(limit: Int) {
    var random = SplitMix64(seed: UInt64(limit))
    // Few distinct scores, so that rows decide often.
    let hits = (0..<300).map { Hit(row: $0, score: Float(Int.random(in: 0..<20, using: &random))) }
    var top = TopHits(limit: limit)
    for hit in hits.shuffled(using: &random) { top.offer(hit) }
    #expect(top.sorted() == Array(hits.sorted(by: precedes).prefix(limit)))
  }

  @Test func thresholdIsTheWorstKeptScoreOnceFull() {
    var top = TopHits(limit: 2)
    top.offer(Hit(row: 0, score: 3))
    #expect(top.threshold == nil)
    top.offer(Hit(row: 1, score: 5))
    #expect(top.threshold == 3)
    top.offer(Hit(row: 2, score: 4))
    #expect(top.threshold == 4)
  }

  @Test func notANumberIsNeverKept() {
    var top = TopHits(limit: 2)
    top.offer(Hit(row: 0, score: .nan))
    top.offer(Hit(row: 1, score: -.infinity))
    #expect(top.sorted() == [Hit(row: 1, score: -.infinity)])
  }
}
