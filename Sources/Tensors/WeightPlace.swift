/// Where the gradient of a linear map's own weights goes in a flat vector, when these are learned too.
package struct WeightPlace: Sendable, Equatable {
  /// Of W `[outputs, inputs]`, row-major.
  package let weight: Int
  package let bias: Int?

  package init(weight: Int, bias: Int? = nil) {
    self.weight = weight
    self.bias = bias
  }

  /// Adds ∂loss/∂W = dyᵀ x and ∂loss/∂bias, the sum of dy's rows, for y = x Wᵀ + bias.
  func add(_ dy: Tensor, from x: Tensor, to gradient: inout [Float]) {
    let dWeight = product(MatrixPart(dy), transposingA: true, MatrixPart(x))
    Tensors.add(dWeight.values, to: &gradient, from: weight)
    if let bias { addColumnSums(of: dy, to: &gradient, from: bias) }
  }
}
