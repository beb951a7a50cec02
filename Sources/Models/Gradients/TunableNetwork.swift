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

/// A frozen network through which a loss's gradient flows back to what was learned before its input
/// or inside it.
package protocol TunableNetwork: GenerativeNetwork {
  /// What stands before the names of its maps in the library that PEFT wraps.
  var adapterRoot: String { get }

  /// Shows every linear map, in an order that does not change, to whoever attaches to them.
  mutating func changeMaps(_ change: (inout Projection) -> Void)

  /// The same with every attention.
  mutating func changeAttentions(_ change: (AttentionSite, inout CachedAttention) -> Void)

  /// Keys and values of some tokens of all attentions, as these see them, in the order of
  /// `changeAttentions`.
  func keysAndValues(of tokens: [Int32]) -> [Tensor]

  /// The summed loss of the pairs' target tokens, each predicted from what comes before it, prompt
  /// included, as in generation.
  ///
  /// Memory: for all pairs, the inputs of the network's parts and what their first products gave,
  /// and one part's other values. Threads share each operation, so that sums do not depend on their
  /// number.
  /// - Parameters:
  ///   - prompts: what stands before every input, or before each its own.
  ///   - scale: what the gradient is multiplied by.
  ///   - gradient: that of scale · loss is added to it unless it is nil.
  /// - Requires: targets of at least one token, and inputs unless prompts have rows before them.
  func loss(
    _ pairs: [TokenPair], after prompts: [PromptRows], _ loss: TokenLoss, scale: Float,
    addingTo gradient: inout LearnedGradient?
  ) -> Double
}

/// Where in a network an attention is.
package struct AttentionSite: Hashable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// Of an encoder to its text.
    case encoder
    /// Of a decoder to what it has read and written.
    case decoder
    /// Of a decoder to what the encoder read.
    case cross
  }

  package let kind: Kind
  package let layer: Int
}

/// ∂loss/∂(what was learned).
package struct LearnedGradient: Equatable, Sendable {
  /// That of the prompts, which are one for all pairs or one for each.
  package var prompts: [PromptRows]
  /// That of what is inside the network, in one flat vector, where its parts say.
  package var inside: [Float]

  /// Zeros.
  package init(like prompts: [PromptRows], insideCount: Int = 0) {
    self.prompts = prompts.map { rows in
      PromptRows(
        input: Tensor(rows: rows.input.rows, width: rows.input.width),
        decoder: Tensor(rows: rows.decoder.rows, width: rows.decoder.width))
    }
    inside = [Float](repeating: 0, count: insideCount)
  }

  /// Adds what flowed back to a ragged batch's rows, whose first ones are the prompts'.
  mutating func addFirstRows(
    of dx: Tensor, starts: [Int], to part: WritableKeyPath<PromptRows, Tensor>
  ) {
    for (index, start) in starts.dropLast().enumerated() {
      let prompt = prompts.count == 1 ? 0 : index
      let end = start + prompts[prompt][keyPath: part].rows
      Tensors.add(dx.rows(start..<end), to: &prompts[prompt][keyPath: part])
    }
  }
}

/// Sequences of rows one after another, each behind a prompt.
struct RaggedRows {
  let rows: Tensor
  /// First row of each sequence, and the number of rows as the last element.
  let starts: [Int]
  private let texts: [[Int32]]

  /// - Parameter prompts: one for all texts, or one for each.
  init(_ prompts: [Tensor], before texts: [[Int32]], _ tokens: Embedding) {
    (rows, starts) = tokens(texts.joined().map(Int.init)).preceded(
      by: prompts, starts: texts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) })
    self.texts = texts
  }

  /// Adds the gradient of the texts' rows to that of the embeddings where these are learned.
  func backward(_ dRows: Tensor, _ tokens: Embedding, into inside: inout [Float]) {
    if tokens.place == nil { return }
    let ends = zip(starts.dropFirst(), texts)
    tokens.backward(
      dRows.gathering(ends.flatMap { end, text in end - text.count..<end }),
      of: texts.joined().map(Int.init), into: &inside)
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
