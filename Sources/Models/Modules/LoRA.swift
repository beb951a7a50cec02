import Native
import Tensors

/// Low-rank adaptation of every linear map of a frozen BERT.
///
///     W' = W + B A,   A [rank, inputs],  B [outputs, rank]
///
/// A and B are learned; W is not touched. The merged W' is used for the forward pass and for ∂/∂x, so
/// that a step costs what the frozen network costs plus the two small products of the gradient.
///
/// - Source: Hu et al. 2021, arXiv:2106.09685, with α = rank.
package struct LoRA: Sendable {
  package let rank: Int
  private let pairs: [[LinearSite: Pair]]

  struct Pair: Sendable {
    let a, b: ParameterLayout.Slice
  }

  /// Lays the module out in `layout`, layer by layer.
  package init(rank: Int, for bert: BERT, in layout: inout ParameterLayout) {
    self.rank = rank
    var pairs: [[LinearSite: Pair]] = []
    for (index, layer) in bert.layers.enumerated() {
      var sites: [LinearSite: Pair] = [:]
      for site in LinearSite.allCases {
        let linear = layer[keyPath: site.path]
        let name = "lora.\(index).\(site.rawValue)"
        sites[site] = Pair(
          a: layout.append("\(name).a", rows: rank, columns: linear.inputs),
          b: layout.append("\(name).b", rows: linear.outputs, columns: rank))
      }
      pairs.append(sites)
    }
    self.pairs = pairs
  }

  /// A normal with deviation 1/√inputs, B zero: the network starts as the frozen one.
  package func initialize(_ parameters: inout [Float], using random: inout SplitMix64) {
    for sites in pairs {
      for site in LinearSite.allCases {
        let a = sites[site]!.a
        let deviation = 1 / Float(a.columns).squareRoot()
        for i in a.range { parameters[i] = random.normal(deviation: deviation) }
      }
    }
  }

  /// The network with W + B A in the place of every W.
  package func merged(into bert: BERT, parameters: [Float]) -> BERT {
    bert.replacingLinears { layer, site, linear in merge(linear, pairs[layer][site]!, parameters) }
  }

  private func merge(_ linear: Linear, _ pair: Pair, _ parameters: [Float]) -> Linear {
    var weight = linear.weight.copy()
    BLAS.multiply(
      MatrixView(parameters.span, pair.b), MatrixView(parameters.span, pair.a), into: &weight,
      beta: 1)
    return Linear(
      weight: FloatTable(weight), outputs: linear.outputs, inputs: linear.inputs, bias: linear.bias)
  }

  /// dB += dyᵀ (x Aᵀ) and dA += (dy B)ᵀ x, for y = x (W + B A)ᵀ.
  func backward(
    layer: Int, _ site: LinearSite, x: Tensor, _ dy: Tensor, parameters: [Float],
    into gradient: inout [Float]
  ) {
    let pair = pairs[layer][site]!
    let a = PackedMatrix(MatrixView(parameters.span, pair.a))
    let b = PackedMatrix(transposing: MatrixView(parameters.span, pair.b))
    let low = a.multiply(x.values, rows: x.rows, bias: nil, over: .callingOne)
    Kernels.addTransposed(dy.values, low, rows: x.rows, to: &gradient, from: pair.b.offset)
    let dLow = b.multiply(dy.values, rows: x.rows, bias: nil, over: .callingOne)
    Kernels.addTransposed(dLow, x.values, rows: x.rows, to: &gradient, from: pair.a.offset)
  }
}
