import Tensors

/// Vectors that stand where a network reads embeddings of tokens: a soft prompt in place.
package struct PromptRows: Equatable, Sendable {
  /// Before the input, the encoder's where there is one; `[vectors, embedding width]`.
  package var input: Tensor
  /// Before what an encoder-decoder's decoder writes; no rows in other networks.
  package var decoder: Tensor

  package init(input: Tensor, decoder: Tensor? = nil) {
    self.input = input
    self.decoder = decoder ?? Tensor(rows: 0, width: input.width)
  }

  /// No vectors.
  package init(width: Int) { self.init(input: Tensor(rows: 0, width: width)) }
}
