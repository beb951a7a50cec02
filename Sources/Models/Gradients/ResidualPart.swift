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
/// The way back needs x and what the part's first products gave. It computes the rest anew, which
/// is cheap next to a product but large: probabilities, activations, normalized states.
protocol ResidualPart: Sendable {
  var norm: any Normalization { get }
  var normFirst: Bool { get }

  /// y += f(x).
  ///
  /// - Returns: what the first products gave.
  func add(_ x: Tensor, _ pass: Pass, to y: inout Tensor) -> [Tensor]

  /// ∂loss/∂x for dy = ∂loss/∂f(x); the other gradients are added to.
  ///
  /// - Parameter x: what f read, asked for only where something learned needs it.
  func backward(
    _ dy: Tensor, from x: @autoclosure () -> Tensor, _ products: [Tensor], _ pass: Pass,
    into gradients: inout PassGradients
  ) -> Tensor
}

/// What the way back through a part needs of the way there.
struct PartTape: Sendable {
  let x: Tensor
  /// x + f(x) where the norm comes last.
  let sum: Tensor?
  /// What the part's first products gave.
  let products: [Tensor]
}

extension ResidualPart {
  func forward(_ x: Tensor, _ pass: Pass) -> (y: Tensor, tape: PartTape) {
    var sum = x
    let products = add(normFirst ? norm.forward(x) : x, pass, to: &sum)
    return normFirst
      ? (sum, PartTape(x: x, sum: nil, products: products))
      : (norm.forward(sum), PartTape(x: x, sum: sum, products: products))
  }

  func backwardOfSum(
    _ dy: Tensor, _ tape: PartTape, _ pass: Pass, into gradients: inout PassGradients
  ) -> Tensor {
    let (x, products) = (tape.x, tape.products)
    guard let sum = tape.sum else {
      let dNormed = backward(dy, from: norm.forward(x), products, pass, into: &gradients)
      var dx = norm.backward(dNormed, from: x, into: &gradients.inside)
      Tensors.add(dy, to: &dx)
      return dx
    }
    let dSum = norm.backward(dy, from: sum, into: &gradients.inside)
    var dx = backward(dSum, from: x, products, pass, into: &gradients)
    Tensors.add(dSum, to: &dx)
    return dx
  }
}

/// Parts one after another.
struct ResidualStack: Sendable {
  let parts: [any ResidualPart]

  /// - Returns: what the last part gives; `tapes`, unless nil, gets those of all parts.
  func forward(_ x: Tensor, _ pass: Pass, keeping tapes: inout [PartTape]?) -> Tensor {
    parts.reduce(x) { x, part in
      let (y, tape) = part.forward(x, pass)
      tapes?.append(tape)
      return y
    }
  }

  /// ∂loss/∂x for dy = ∂loss/∂y.
  func backward(
    _ dy: Tensor, _ tapes: [PartTape], _ pass: Pass, into gradients: inout PassGradients
  ) -> Tensor {
    zip(parts, tapes).reversed().reduce(dy) { dy, step in
      step.0.backwardOfSum(dy, step.1, pass, into: &gradients)
    }
  }

  /// The keys and values that every part that attends to its own text sees.
  func keysAndValues(_ tapes: [PartTape], _ pass: Pass) -> [Tensor] {
    zip(parts, tapes).compactMap { ($0 as? AttentionPart)?.keysAndValues($1, pass) }
  }
}
