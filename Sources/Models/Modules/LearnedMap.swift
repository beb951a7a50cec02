import Native
import Tensors

/// y = x Wᵀ + b with a W that is learned, a part of a flat vector; threads share each product.
///
/// - Shapes: W `[outputs, inputs]`, b `[outputs]`.
struct LearnedMap: Sendable {
  private let weight: ParameterLayout.Slice
  private let bias: ParameterLayout.Slice?

  /// Lays the map out in `layout`.
  init(
    _ name: String, from inputs: Int, to outputs: Int, bias: Bool = true,
    in layout: inout ParameterLayout
  ) {
    weight = layout.append("\(name).weight", rows: outputs, columns: inputs)
    self.bias = bias ? layout.append("\(name).bias", rows: 1, columns: outputs) : nil
  }

  /// Weights of deviation 1/√inputs; biases stay zero.
  func initialize(_ parameters: inout [Float], using random: inout SplitMix64) {
    let deviation = 1 / Float(weight.columns).squareRoot()
    for i in weight.range { parameters[i] = random.normal(deviation: deviation) }
  }

  func callAsFunction(_ x: Tensor, _ parameters: [Float]) -> Tensor {
    var y = product(MatrixPart(x), matrix(parameters), transposingB: true)
    if let bias {
      let row = Array(parameters[bias.range])
      for index in 0..<y.rows { Tensors.add(row, to: &y.values, from: index * y.width) }
    }
    return y
  }

  /// ∂loss/∂x for dy = ∂loss/∂y; the map's own gradient is added to `gradient`.
  func backward(
    _ dy: Tensor, from x: Tensor, _ parameters: [Float], into gradient: inout [Float]
  ) -> Tensor {
    let dWeight = product(MatrixPart(dy), transposingA: true, MatrixPart(x))
    Tensors.add(dWeight.values, to: &gradient, from: weight.offset)
    if let bias { addColumnSums(of: dy, to: &gradient, from: bias.offset) }
    return product(MatrixPart(dy), matrix(parameters))
  }

  private func matrix(_ parameters: [Float]) -> MatrixPart {
    MatrixPart(parameters, from: weight.offset, rows: weight.rows, columns: weight.columns)
  }
}
