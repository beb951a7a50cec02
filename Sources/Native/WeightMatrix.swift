import CKernels

/// A matrix W `[outputs, inputs]` laid out once for y = x Wᵀ + bias.
///
/// - Shapes: x `[rows, inputs]`, bias `[outputs]`, y `[rows, outputs]`.
package protocol WeightMatrix: Sendable {
  var outputs: Int { get }
  var inputs: Int { get }

  /// What the extension's products call, with as many numbers as the shapes say and a row at least.
  func multiply(
    _ x: UnsafePointer<Float>, rows: Int, _ bias: UnsafePointer<Float>?, _ ending: ProductEnding,
    _ y: UnsafeMutablePointer<Float>, over threads: Threads)
}

/// What becomes of a product.
package enum ProductEnding: Sendable {
  /// y = activation(x Wᵀ + bias)
  case activated(Activation)
  /// y += x Wᵀ + bias
  case added

  var kind: firn_activation {
    switch self {
    case .activated(let activation): activation.kind
    case .added: firn_accumulate
    }
  }
}

extension WeightMatrix {
  /// activation(x Wᵀ + bias).
  package func multiply(
    _ x: [Float], rows: Int, bias: [Float]?, _ activation: Activation = .identity,
    over threads: Threads = .all
  ) -> [Float] {
    uninitializedFloats(rows * outputs) {
      multiply(x, rows: rows, bias, .activated(activation), $0, over: threads)
    }
  }

  /// y += x Wᵀ + bias.
  package func multiply(
    _ x: [Float], rows: Int, bias: [Float]?, addingTo y: inout [Float],
    over threads: Threads = .all
  ) {
    y.withUnsafeMutableBufferPointer {
      multiply(x, rows: rows, bias, .added, $0, over: threads)
    }
  }

  private func multiply(
    _ x: [Float], rows: Int, _ bias: [Float]?, _ ending: ProductEnding,
    _ y: UnsafeMutableBufferPointer<Float>, over threads: Threads
  ) {
    precondition(
      x.count == rows * inputs && y.count == rows * outputs,
      "expected \(rows) × \(inputs) and \(rows) × \(outputs) floats, found \(x.count), \(y.count)")
    precondition(bias.map { $0.count == outputs } ?? true, "expected a bias of \(outputs)")
    guard let target = y.baseAddress, rows > 0 else { return }
    x.withUnsafeBufferPointer { x in
      withOptionalPointer(bias) { bias in
        multiply(x.baseAddress!, rows: rows, bias, ending, target, over: threads)
      }
    }
  }
}

/// An array of `count` floats that `body` writes completely.
func uninitializedFloats(
  _ count: Int, _ body: (UnsafeMutableBufferPointer<Float>) -> Void
) -> [Float] {
  [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
    body(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    initialized = count
  }
}

func withOptionalPointer<Result>(
  _ floats: [Float]?, _ body: (UnsafePointer<Float>?) -> Result
) -> Result {
  guard let floats else { return body(nil) }
  return floats.withUnsafeBufferPointer { body($0.baseAddress) }
}
