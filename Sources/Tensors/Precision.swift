/// How a network keeps the matrices of its products.
package enum Precision: String, CaseIterable, Sendable {
  /// As learned: results are the reference's to rounding.
  case float32
  /// In bytes, one scale for each output: a quarter of the memory and of its traffic, with logits
  /// that are off by about 1 % of the largest.
  case int8
}
