import Foundation
import Tensors

extension ModelConfiguration {
  /// The rotary embedding, and how many tokens the model is made for.
  ///
  /// Newer files say all in `rope_parameters`, older ones in `rope_theta` and `rope_scaling`.
  /// - Throws: `CheckpointError` when the kind of scaling is unknown or lacks a number.
  func rotary(
    headWidth: Int
  ) throws(CheckpointError) -> (embedding: RotaryEmbedding, contextLength: Int) {
    let length = try size("max_position_embeddings")
    let key = given("rope_parameters") != nil ? "rope_parameters" : "rope_scaling"
    let given = given(key) ?? .object([])
    let scaling = RotaryScaling(
      file: ModelConfiguration(path: path, json: given), headWidth: headWidth, length: length,
      base: try ModelConfiguration(path: path, json: given).number(
        "rope_theta", default: number("rope_theta", default: 10_000)))
    guard (given["partial_rotary_factor"] ?? json["partial_rotary_factor"])?.number ?? 1 == 1 else {
      throw wrong("partial_rotary_factor", "1", hint: "not supported")
    }
    let (kind, contextLength) = try scaling.kind()
    return (
      RotaryEmbedding(headWidth: headWidth, base: Float(scaling.base), scaling: kind), contextLength
    )
  }
}

/// The scaling part of a configuration.
private struct RotaryScaling {
  let file: ModelConfiguration
  let headWidth, length: Int
  let base: Double

  func kind() throws(CheckpointError) -> (RotaryEmbedding.Scaling, contextLength: Int) {
    switch (file.given("rope_type") ?? file.given("type"))?.string ?? "default" {
    case "default": return (.none, length)
    case "linear": return (.linear(factor: try factor()), length)
    case "dynamic":
      let factor = try factor()
      return (.dynamic(factor: factor, length: length), Int(Float(length) * factor))
    case "llama3":
      let (low, high) = (try required("low_freq_factor"), try required("high_freq_factor"))
      guard low < high else { throw file.wrong("high_freq_factor", "more than \(low)") }
      return (
        .llama3(factor: try factor(), low: low, high: high, length: try trainedLength()), length
      )
    case "yarn": return try yarn()
    default:
      throw file.wrong(
        "rope_type", "default, linear, dynamic, llama3 or yarn", hint: "not supported")
    }
  }

  /// Which pairs turn how often over the text seen in training decides which are slowed down.
  private func yarn() throws(CheckpointError) -> (RotaryEmbedding.Scaling, contextLength: Int) {
    let trained = try trainedLength()
    let factor = try file.number("factor", default: Double(length) / Double(trained))
    func pair(turns: Double) -> Double {
      Double(headWidth) * log(Double(trained) / (turns * 2 * .pi)) / (2 * log(base))
    }
    var low = pair(turns: try file.number("beta_fast", default: 32))
    var high = pair(turns: try file.number("beta_slow", default: 1))
    if try file.flag("truncate", default: true) {
      (low, high) = (low.rounded(.down), high.rounded(.up))
    }
    (low, high) = (max(low, 0), min(high, Double(headWidth - 1)))
    if low == high { high += 0.001 }
    return (
      .yarn(
        factor: Float(factor), low: Float(low), high: Float(high),
        attention: Float(try attention(factor))),
      max(length, Int(factor * Double(trained)))
    )
  }

  private func attention(_ factor: Double) throws(CheckpointError) -> Double {
    func magnitude(_ scale: Double) -> Double {
      factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1
    }
    let usual =
      if let over = file.given("mscale")?.number, let under = file.given("mscale_all_dim")?.number,
        over != 0, under != 0
      {
        magnitude(over) / magnitude(under)
      } else {
        magnitude(1)
      }
    return try file.number("attention_factor", default: usual)
  }

  private func trainedLength() throws(CheckpointError) -> Int {
    try file.size("original_max_position_embeddings", default: length)
  }

  private func factor() throws(CheckpointError) -> Float { try required("factor") }

  private func required(_ key: String) throws(CheckpointError) -> Float {
    guard file.given(key) != nil else { throw file.wrong(key, "a positive number") }
    return Float(try file.number(key, default: 1))
  }
}
