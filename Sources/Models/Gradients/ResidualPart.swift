import Native
import Tensors

/// What every part sees of a pass of a ragged batch through a stack.
struct Pass: Sendable {
  /// First row of each sequence, and the number of rows as the last element.
  let starts: [Int]
  var rotation: RotaryEmbedding.Rotation?
  var bias: PositionBias?
  /// What cross-attention attends to.
  var source: (states: Tensor, starts: [Int])?
}

/// What a pass backward gathers beside ∂loss/∂x.
struct PassGradients: Sendable {
  /// ∂loss/∂(what cross-attention attends to).
  var source: Tensor
  /// That of what was learned inside the network, in one flat vector.
  var inside: [Float]
}

/// A part of a frozen network that adds to what it reads: attention or feed-forward.
///
///     y = x + f(norm(x)),   or y = norm(x + f(x)) where the norm comes last
///
/// The backward pass keeps x alone and computes the rest of one part anew, so that training takes
/// the memory of all parts' inputs and of one part's intermediate values.
protocol ResidualPart: Sendable {
  var norm: any Normalization { get }
  var normFirst: Bool { get }

  /// y += f(x).
  func add(_ x: Tensor, _ pass: Pass, to y: inout Tensor)

  /// ∂loss/∂x for dy = ∂loss/∂f(x); the other gradients are added to.
  func backward(
    _ dy: Tensor, from x: Tensor, _ pass: Pass, into gradients: inout PassGradients
  ) -> Tensor
}

extension ResidualPart {
  func forward(_ x: Tensor, _ pass: Pass) -> Tensor {
    var y = x
    add(normFirst ? norm.forward(x) : x, pass, to: &y)
    return normFirst ? y : norm.forward(y)
  }

  func backwardOfSum(
    _ dy: Tensor, from x: Tensor, _ pass: Pass, into gradients: inout PassGradients
  ) -> Tensor {
    if normFirst {
      let dNormed = backward(dy, from: norm.forward(x), pass, into: &gradients)
      var dx = norm.backward(dNormed, from: x)
      Tensors.add(dy, to: &dx)
      return dx
    }
    var sum = x
    add(x, pass, to: &sum)
    let dSum = norm.backward(dy, from: sum)
    var dx = backward(dSum, from: x, pass, into: &gradients)
    Tensors.add(dSum, to: &dx)
    return dx
  }
}

/// Parts one after another.
struct ResidualStack: Sendable {
  let parts: [any ResidualPart]

  /// - Returns: what the last part gives; `inputs`, unless nil, gets what each of them read.
  func forward(_ x: Tensor, _ pass: Pass, keeping inputs: inout [Tensor]?) -> Tensor {
    var x = x
    for part in parts {
      inputs?.append(x)
      x = part.forward(x, pass)
    }
    return x
  }

  /// ∂loss/∂x for dy = ∂loss/∂y.
  func backward(
    _ dy: Tensor, from inputs: [Tensor], _ pass: Pass, into gradients: inout PassGradients
  ) -> Tensor {
    zip(parts, inputs).reversed().reduce(dy) { dy, step in
      step.0.backwardOfSum(dy, from: step.1, pass, into: &gradients)
    }
  }

  /// The keys and values that every part that attends to its own text sees, of what it read.
  func keysAndValues(_ inputs: [Tensor], _ pass: Pass) -> [Tensor] {
    zip(parts, inputs).compactMap { ($0 as? AttentionPart)?.keysAndValues($1, pass) }
  }
}
