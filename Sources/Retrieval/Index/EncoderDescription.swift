import Models
import Tensors

/// What turns passages and questions into vectors, so that queries can be held to it.
package struct EncoderDescription: Equatable, Sendable {
  package var name: String
  /// SHA-256 of the weights, in hexadecimal digits.
  package var checksum: String
  /// Floats in a vector.
  package var dimension: Int
  /// How vectors come about, in words.
  package var pooling: String
  /// What stands before a passage and before a question.
  package var prefixes = EncoderPrefixes()
  /// What the passages were encoded in; questions are in float32.
  package var precision = Precision.float32
  /// The model that encodes questions, where it is another one.
  package var questions: QuestionEncoder?
  /// SHA-256 of the matrix that the index's first vectors were taken from, where no model made them
  /// here.
  package var matrix: String?

  package struct QuestionEncoder: Equatable, Sendable {
    package var name, checksum, pooling: String

    package init(name: String, checksum: String, pooling: String) {
      (self.name, self.checksum, self.pooling) = (name, checksum, pooling)
    }
  }

  package init(name: String, checksum: String, dimension: Int, pooling: String) {
    self.name = name
    self.checksum = checksum
    self.dimension = dimension
    self.pooling = pooling
  }

  /// What encodes questions.
  package var question: QuestionEncoder {
    questions ?? QuestionEncoder(name: name, checksum: checksum, pooling: pooling)
  }

  /// Whether both give the same vectors, under whatever name.
  package func agrees(with other: EncoderDescription) -> Bool {
    facts == other.facts
  }

  /// Whether both give vectors of one space, wherever those at hand were taken from.
  func sharesSpace(with other: EncoderDescription) -> Bool {
    var moved = other
    moved.matrix = matrix
    return agrees(with: moved)
  }

  /// In words, what vectors hang on.
  package var summary: String { facts.joined(separator: ", ") }

  private var facts: [String] {
    var facts = ["\(dimension) floats", "SHA-256 \(checksum)", pooling]
    if let matrix { facts.append("matrix \(matrix)") }
    if precision != .float32 { facts.append(precision.rawValue) }
    if let questions {
      facts.append("questions by SHA-256 \(questions.checksum), \(questions.pooling)")
    }
    let quoted = [("passage", prefixes.passage), ("question", prefixes.question)]
    return facts + quoted.filter { !$0.1.isEmpty }.map { "\($0.0)s after “\($0.1)”" }
  }
}
