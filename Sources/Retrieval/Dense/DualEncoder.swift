import Models

/// Turns passages and questions into vectors of one space, where a dot product says how near they
/// are.
///
/// - Source: Karpukhin et al. 2020, arXiv:2004.04906; one encoder may serve both sides.
package struct DualEncoder: Sendable {
  package let encoder: SentenceEncoder
  /// Put before what is encoded.
  package let prefixes: EncoderPrefixes

  /// - Parameter prefixes: in place of those that the encoder knows of.
  package init(encoder: SentenceEncoder, prefixes: EncoderPrefixes? = nil) {
    self.encoder = encoder
    self.prefixes = prefixes ?? encoder.prefixes
  }

  /// Floats in a vector.
  package var width: Int { encoder.width }

  /// What of a passage is encoded: its title and its text.
  package static func text(of passage: Passage, separator: String = " ") -> String {
    [passage.title, passage.text].filter { !$0.isEmpty }.joined(separator: separator)
  }

  /// The passages' vectors, `[passages, width]`, and how many were cut.
  package func embed(passages: [Passage]) -> (vectors: [Float], truncated: Int) {
    encoder.embed(
      passages.map {
        prefixes.passage + Self.text(of: $0, separator: encoder.titleSeparator)
      })
  }

  /// The questions' vectors, `[questions, width]`, and how many were cut.
  package func embed(questions: [String]) -> (vectors: [Float], truncated: Int) {
    encoder.embed(questions.map { prefixes.question + $0 })
  }
}
