import Models

/// Turns passages and questions into vectors of one space, where a dot product says how near they
/// are.
///
/// - Source: Karpukhin et al. 2020, arXiv:2004.04906, here with one encoder for both sides.
package struct DualEncoder: Sendable {
  package let encoder: SentenceEncoder

  package init(encoder: SentenceEncoder) { self.encoder = encoder }

  /// Floats in a vector.
  package var width: Int { encoder.width }

  /// What of a passage is encoded: its title and its text.
  package static func text(of passage: Passage) -> String {
    passage.title.isEmpty ? passage.text : passage.title + " " + passage.text
  }

  /// The passages' vectors, `[passages, width]`, and how many were cut.
  package func embed(passages: [Passage]) -> (vectors: [Float], truncated: Int) {
    encoder.embed(passages.map { encoder.passagePrefix + Self.text(of: $0) })
  }

  /// The questions' vectors, `[questions, width]`, and how many were cut.
  package func embed(questions: [String]) -> (vectors: [Float], truncated: Int) {
    encoder.embed(questions.map { encoder.questionPrefix + $0 })
  }
}
