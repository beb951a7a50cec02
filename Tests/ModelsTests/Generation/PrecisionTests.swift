import Foundation
import Tensors
import Testing

@testable import Models

/// What keeping weights as bytes costs where weights are random: rounding the same weights and
/// inputs in PyTorch moves a Qwen2.5-0.5B of random weights by 0.25 of its largest logit, an OPT-125m
/// by 0.04. That the product is what it says is held to its definition in `QuantizedMatrixTests`.
struct PrecisionTests {
  /// Of the largest logit.
  static let bound: Float = 0.4

  static let tiny = [
    "opt", "opt-350m", "gpt2", "llama", "llama-biased", "qwen2", "qwen3", "mistral",
  ]

  @Test(arguments: tiny) func bytesKeepADecodersLogits(name: String) throws {
    let fixture = try DecoderFixture(name)
    let prompt = try DecoderFixture.records(name)[0].ids
    try Self.compare(
      Decoders.load(folder: fixture.path), Decoders.load(folder: fixture.path, .int8), prompt)
  }

  @Test(arguments: T5GoldenTests.folders) func bytesKeepAT5sLogits(folder: String) throws {
    let prompt = try T5GoldenTests.records(folder)[0].source
    try Self.compare(T5.load(folder: folder), T5.load(folder: folder, .int8), prompt)
  }

  /// A decoder of real width where FIRN_TEST_DECODER names its folder.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["FIRN_TEST_DECODER"] != nil))
  func bytesKeepAWideDecodersLogits() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["FIRN_TEST_DECODER"])
    let prompt: [Int32] = (0..<64).map { 3 + 7919 * $0 % 30000 }
    try Self.compare(
      Decoders.load(folder: folder), Decoders.load(folder: folder, .int8), prompt)
  }

  /// Both read the prompt and the 32 tokens that the exact network goes on with.
  private static func compare(
    _ exact: any GenerativeNetwork, _ rounded: any GenerativeNetwork, _ prompt: [Int32]
  ) throws {
    var (expected, exactCache) = exact.prefill([prompt], after: nil)
    var (found, roundedCache) = rounded.prefill([prompt], after: nil)
    var (largest, agreeing): (Float, Int) = (0, 0)
    for _ in 0..<32 {
      let token = best(expected)
      largest = max(largest, difference(found, expected))
      agreeing += best(found) == token ? 1 : 0
      expected = exact.step([token], &exactCache)
      found = rounded.step([token], &roundedCache)
    }
    #expect(largest > 0, "int8 rounds")
    #expect(largest < bound)
    #expect(agreeing >= 16, "of 32 tokens")
    if ProcessInfo.processInfo.environment["FIRN_TEST_REPORT"] != nil {
      print("int8: relative difference \(largest), \(agreeing) of 32 tokens agree")
    }
  }

  private static func best(_ logits: Tensor) -> Int32 {
    Int32(logits.values.indices.max { logits.values[$0] < logits.values[$1] } ?? -1)
  }

  private static func difference(_ found: Tensor, _ expected: Tensor) -> Float {
    T5GoldenTests.difference(found.values, expected.values)
  }
}
