import Native

/// y = activation(x Wᵀ + bias) with a W that is packed and not kept; threads share one product, also
/// back to dx. (`Linear` keeps W and stays on its thread.)
///
/// - Shapes: W `[outputs, inputs]` as stored in checkpoints, bias `[outputs]`.
package struct Projection: Sendable {
  /// One of the maps whose outputs stand side by side, by the checkpoint's name.
  package struct Map: Sendable, Equatable {
    package let name: String
    package let outputs: Range<Int>
    /// Where the gradient of its weights goes; nil where these are frozen.
    fileprivate let place: WeightPlace?
  }

  package let bias: [Float]?
  package let maps: [Map]
  private var weights: any WeightMatrix
  /// What was learned to be added to the product.
  package private(set) var lowRank: [LowRank] = []

  /// - Parameters:
  ///   - maps: names and outputs of the maps that `weight` consists of.
  ///   - places: where the gradient of each map's weights goes; none where these are frozen.
  package init(
    _ weight: StoredMatrix, bias: [Float]? = nil, _ precision: Precision = .float32,
    maps: [(name: String, outputs: Int)] = [], places: [WeightPlace] = []
  ) {
    precondition(
      bias.map { $0.count == weight.rows } ?? true, "expected a bias of \(weight.rows)")
    self.bias = bias
    var end = 0
    self.maps = maps.enumerated().map { index, map in
      defer { end += map.outputs }
      return Map(
        name: map.name, outputs: end..<end + map.outputs,
        place: index < places.count ? places[index] : nil)
    }
    switch precision {
    case .float32: weights = PackedMatrix(weight)
    case .int8: weights = QuantizedMatrix(weight)
    }
    // Or a network would be in memory twice while it is loaded.
    weight.releasePages()
  }

  package var inputs: Int { weights.inputs }
  package var outputs: Int { weights.outputs }

  package func callAsFunction(_ x: Tensor, _ activation: Activation = .identity) -> Tensor {
    if lowRank.isEmpty { return product(x, activation) }
    var y = product(x, .identity)
    for part in lowRank { part.add(x, to: &y) }
    return activation == .identity ? y : activated(y, activation)
  }

  private func product(_ x: Tensor, _ activation: Activation) -> Tensor {
    Tensor(
      rows: x.rows, width: outputs,
      values: weights.multiply(x.values, rows: x.rows, bias: bias, activation))
  }

  /// y += x Wᵀ + bias: the product and its residual connection in one.
  package func callAsFunction(_ x: Tensor, addingTo y: inout Tensor) {
    weights.multiply(x.values, rows: x.rows, bias: bias, addingTo: &y.values)
    for part in lowRank { part.add(x, to: &y) }
  }

  // MARK: What was learned

  /// Adds something learned to the product.
  package mutating func attach(_ part: LowRank) {
    precondition(
      part.inputs == inputs && part.outputs.upperBound <= outputs,
      "expected \(inputs) inputs and \(outputs) outputs, found \(part.inputs), \(part.outputs)")
    lowRank.append(part)
  }

  /// Makes what was attached part of the weights, so that it costs nothing more; weights in bytes
  /// stay as they are, beside it.
  package mutating func merge() {
    guard var matrix = weights as? PackedMatrix else { return }
    for part in lowRank { matrix = matrix.adding(part.difference(outputs: outputs)) }
    weights = matrix
    lowRank = []
  }

  /// Whether nothing of it is learned, neither its weights nor something attached to them.
  package var isFrozen: Bool { lowRank.isEmpty && maps.allSatisfy { $0.place == nil } }

  // MARK: Backward

  /// ∂loss/∂x for dy = ∂loss/∂y; the gradient of what is learned of the map is added to `gradient`.
  ///
  /// - Parameter x: what the map read, asked for only where something is learned.
  package func backward(
    _ dy: Tensor, from x: @autoclosure () -> Tensor, into gradient: inout [Float]
  ) -> Tensor {
    var dx = backward(dy)
    if isFrozen { return dx }
    let x = x()
    for part in lowRank { part.backward(dy, from: x, addingTo: &dx, &gradient) }
    for map in maps { map.place?.add(dy.columns(map.outputs), from: x, to: &gradient) }
    return dx
  }

  /// dx += dy W, for y = x Wᵀ + bias.
  ///
  /// - Requires: float32 weights.
  package func backward(_ dy: Tensor, addingTo dx: inout Tensor) {
    guard let matrix = weights as? PackedMatrix else {
      preconditionFailure("expected float32 weights to go back through, found int8")
    }
    matrix.multiplyTransposed(dy.values, rows: dy.rows, adding: true, into: &dx.values)
  }

  package func backward(_ dy: Tensor) -> Tensor {
    var dx = Tensor(rows: dy.rows, width: inputs)
    backward(dy, addingTo: &dx)
    return dx
  }
}
