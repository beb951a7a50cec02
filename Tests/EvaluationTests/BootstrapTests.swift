import Testing

@testable import Evaluation

struct BootstrapTests {
  /// The reference implementation's first numbers from seed 1234567.
  @Test func generatorAgreesWithItsReference() {
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
    #expect(random.next() == 9_817_491_932_198_370_423)
  }

  /// `numpy.quantile([1, 2, 4, 8, 16], [0.025, 0.5, 0.9])`
  @Test(arguments: [(0.025, 1.1), (0.5, 4), (0.9, 12.8), (0, 1), (1, 16)])
  func quantileAgreesWithNumPy(share: Double, expected: Double) throws {
    let found = try #require(quantile(share, of: [1, 2, 4, 8, 16]))
    #expect(abs(found - expected) < 1e-12)
  }

  @Test func theSameSeedGivesTheSameInterval() {
    let values = (0..<50).map { Double($0 % 7) }
    let one = Bootstrap(resamples: 200, seed: 5).mean(of: values)
    #expect(one == Bootstrap(resamples: 200, seed: 5).mean(of: values))
    #expect(one != Bootstrap(resamples: 200, seed: 6).mean(of: values))
  }

  /// For a share of 0.3 among 400, the standard error is √(0.3 · 0.7 / 400) = 0.022913; the bounds
  /// lie 1.96 of it from the share, within 15 % for 4,000 resamples.
  @Test func intervalOfAShareIsThatOfTheNormalApproximation() throws {
    let values = (0..<400).map { $0 % 10 < 3 ? 1.0 : 0 }
    let estimate = try #require(Bootstrap(resamples: 4000).mean(of: values))
    let distance = 1.96 * 0.022913
    #expect(abs(estimate.value - 0.3) < 1e-12)
    #expect(abs(0.3 - estimate.low - distance) < 0.15 * distance)
    #expect(abs(estimate.high - 0.3 - distance) < 0.15 * distance)
  }

  @Test func equalValuesHaveNoSpreadAndNoValuesNoEstimate() {
    let estimate = Bootstrap(resamples: 100).mean(of: [1, 1, 1])
    #expect(estimate == MetricEstimate(value: 1, low: 1, high: 1))
    #expect(Bootstrap().mean(of: []) == nil)
  }

  @Test func missingValuesAreLeftOutOfTheMean() {
    let statistic = Statistic.mean("m", [1, nil, 0, nil])
    #expect(statistic.values([1, 1, 1, 1]) == [0.5])
    #expect(statistic.values([3, 5, 1, 0]) == [0.75])
    #expect(statistic.values([0, 2, 0, 2]) == [nil])
  }
}
