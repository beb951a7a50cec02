import Retrieval
import Testing

struct FusionTests {
  private let sparse = [Hit(row: 4, score: 10), Hit(row: 1, score: 6), Hit(row: 7, score: 2)]
  private let dense = [Hit(row: 1, score: 0.75), Hit(row: 9, score: 0.5)]

  /// Row 4: ½·10 + 0.5; row 1: ½·6 + 0.75; row 7: ½·2 + 0.5; row 9: ½·2 + 0.5.
  @Test func missingScoresAreTheListsSmallest() {
    let fused = Fusion.fuse(sparse: sparse, dense: dense, .minFill(weight: 0.5))
    #expect(
      fused == [
        Hit(row: 4, score: 5.5), Hit(row: 1, score: 3.75), Hit(row: 7, score: 1.5),
        Hit(row: 9, score: 1.5),
      ])
  }

  /// Sparse on −½ … ½: 4 → 0.5, 1 → 0, 7 → −0.5; dense: 1 → 0.5, 9 → −0.5.
  @Test func rangeNormalizationMapsToHalvesAroundZero() {
    let fused = Fusion.fuse(
      sparse: sparse, dense: dense, .minFill(weight: 1, normalization: .range))
    #expect(
      fused == [
        Hit(row: 1, score: 0.5), Hit(row: 4, score: 0), Hit(row: 7, score: -1),
        Hit(row: 9, score: -1),
      ])
  }

  /// Dense: mean 0.625, deviation 0.125. Sparse: mean 6, deviation √(32/3) = 3.2659863.
  @Test func zScoresHaveMeanZeroAndDeviationOne() {
    let fused = Fusion.fuse(sparse: sparse, dense: dense, .zScore)
    #expect(fused.map(\.row) == [1, 4, 7, 9])
    let expected: [Float] = [1, 4 / 3.265_986_3 - 1, -4 / 3.265_986_3 - 1, -4 / 3.265_986_3 - 1]
    #expect(zip(fused, expected).allSatisfy { abs($0.score - $1) < 1e-6 })
  }

  /// Row 1: 1/62 + 1/61; row 4: 1/61; row 9: 1/62; row 7: 1/63.
  @Test func reciprocalRanksCountFromOne() {
    let fused = Fusion.fuse(sparse: sparse, dense: dense, .reciprocalRank())
    #expect(fused.map(\.row) == [1, 4, 9, 7])
    #expect(abs(fused[0].score - (1 / 62 + 1 / 61)) < 1e-7)
    #expect(fused[3].score == Float(1) / 63)
  }

  @Test func emptyListLeavesTheOtherOnesOrder() {
    for method in [FusionMethod.minFill(weight: 1), .zScore, .reciprocalRank()] {
      #expect(Fusion.fuse(sparse: sparse, dense: [], method).map(\.row) == [4, 1, 7])
      #expect(Fusion.fuse(sparse: [], dense: dense, method).map(\.row) == [1, 9])
      #expect(Fusion.fuse(sparse: [], dense: [], method).isEmpty)
    }
  }

  @Test func equalScoresNormalizeToZeroNotToNothing() {
    let flat = [Hit(row: 3, score: 2), Hit(row: 2, score: 2)]
    let fused = Fusion.fuse(sparse: flat, dense: [], .zScore)
    #expect(fused == [Hit(row: 2, score: 0), Hit(row: 3, score: 0)])
  }
}
