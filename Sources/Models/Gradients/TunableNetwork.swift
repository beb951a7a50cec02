import Native
import Tensors

/// A text and what should follow it, in tokens.
package struct TokenPair: Equatable, Sendable {
  package var input: [Int32]
  /// The stop token at the end, if any, included.
  package var target: [Int32]

  package init(input: [Int32], target: [Int32]) {
    self.input = input
    self.target = target
  }
}

/// A frozen network through which a loss's gradient flows back to what was learned before its input.
package protocol TunableNetwork: GenerativeNetwork {
  /// Whether a prompt can also stand before what the decoder writes.
  var hasDecoderPrompt: Bool { get }

  /// The summed loss of the pairs' target tokens, each predicted from what comes before it, prompt
  /// included, as in generation.
  ///
  /// Memory: the inputs of all parts of the network for all pairs, and one part's intermediate
  /// values; threads share each operation, so that sums do not depend on their number.
  /// - Parameters:
  ///   - prompt: what stands before every input.
  ///   - scale: what the gradient is multiplied by.
  ///   - gradient: ∂(scale · loss)/∂prompt is added to it unless it is nil.
  /// - Requires: targets of at least one token, and inputs unless the prompt has rows before them.
  func loss(
    _ pairs: [TokenPair], after prompt: PromptRows, _ loss: TokenLoss, scale: Float,
    addingTo gradient: inout PromptRows?
  ) -> Double
}

extension PromptRows {
  /// Adds the first rows of each sequence of a gradient to `sum`, which has as many as the prompt.
  static func addFirstRows(of dx: Tensor, starts: [Int], to sum: inout Tensor) {
    for start in starts.dropLast() {
      Tensors.add(dx.rows(start..<start + sum.rows), to: &sum)
    }
  }
}

/// Sequences of rows one after another, each behind the same prompt.
struct RaggedRows {
  let rows: Tensor
  /// First row of each sequence, and the number of rows as the last element.
  let starts: [Int]

  init(_ prompt: Tensor, before texts: [[Int32]], _ tokens: Embedding) {
    let own = tokens(texts.joined().map(Int.init))
    var place = 0
    let parts = texts.flatMap { text in
      defer { place += text.count }
      return [prompt, own.rows(place..<place + text.count)]
    }
    rows = Tensor(stacking: parts, width: tokens.width)
    starts = texts.reduce(into: [0]) { $0.append($0[$0.count - 1] + prompt.rows + $1.count) }
  }

  /// The rows that predict each sequence's last `counts` tokens when one more follows it.
  func predicting(_ counts: [Int]) -> [Int] {
    zip(starts.dropFirst(), counts).flatMap { end, count in end - count..<end }
  }
}

extension Tensor {
  func gathering(_ indices: [Int]) -> Tensor {
    Tensor(
      rows: indices.count, width: width,
      values: indices.flatMap { values[$0 * width..<($0 + 1) * width] })
  }

  /// Zeros but for these rows, which are `self`'s in this order.
  func scattered(to indices: [Int], rows count: Int) -> Tensor {
    var result = Tensor(rows: count, width: width)
    for (row, index) in indices.enumerated() {
      result.values.replaceSubrange(
        index * width..<(index + 1) * width, with: values[row * width..<(row + 1) * width])
    }
    return result
  }
}
