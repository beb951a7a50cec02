import ArgumentParser
import Models
import Retrieval
import Tensors

/// What turns passages and questions into vectors.
struct EncoderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Frozen model for the vectors, or none: any BERT, RoBERTa, XLM-R, DistilBERT or MPNet.",
      valueName: "model"))
  var encoder = "minilm"
  @Option(
    help: ArgumentHelp(
      "The model that encodes questions, where it is another one, as with DPR.", valueName: "model")
  )
  var queryEncoder: String?
  @Option(
    help: ArgumentHelp(
      "What stands before each question (default: what the model declares).", valueName: "text"))
  var queryPrefix: String?
  @Option(
    help: ArgumentHelp(
      "What stands before each passage (default: what the model declares).", valueName: "text"))
  var passagePrefix: String?
  @Option(
    help: "How passages are encoded; int8 is about twice as fast, at a cosine of 0.995 or more.")
  var precision = Precision.float32
  @Option(
    help: ArgumentHelp(
      "Take the vectors from a matrix (.npy, float32 or float16) with a row for each passage; "
        + "--encoder is the model that made it, --query-encoder that of questions, if another.",
      valueName: "file"))
  var vectorsFrom: String?

  func validate() throws {
    if encoder == "none" {
      let given = [queryEncoder, queryPrefix, passagePrefix, vectorsFrom].contains { $0 != nil }
      guard !given, precision == .float32 else {
        throw ValidationError("--encoder none goes with no other option of encoders")
      }
    }
    if vectorsFrom != nil, precision != .float32 || passagePrefix != nil {
      throw ValidationError("--vectors-from: expected no option of how passages are encoded")
    }
  }

  /// What fills an index with vectors; nil when it gets none.
  struct Source {
    var description: EncoderDescription
    var encoder: IndexBuilder.Encoder?
    var matrix: NumPyMatrix?
  }

  func source() throws -> Source? {
    if encoder == "none" { return nil }
    if let vectorsFrom { return try imported(NumPyMatrix(path: vectorsFrom)) }
    let passages = try load(encoder, precision)
    var description = describe(passages)
    description.precision = precision
    if let queryEncoder {
      let questions = try load(queryEncoder)
      try require(questions, passages.width, "the encoder of passages")
      description.questions = .init(
        name: queryEncoder, checksum: questions.weightsSHA256, pooling: questions.pooling)
      description.prefixes.question = queryPrefix ?? questions.prefixes.question
    }
    let dual = DualEncoder(encoder: passages, prefixes: description.prefixes)
    return Source(description: description) { dual.embed(passages: $0).vectors }
  }

  private func imported(_ matrix: NumPyMatrix) throws -> Source {
    let questions = try load(queryEncoder ?? encoder)
    try require(questions, matrix.dimension, matrix.path)
    var description = describe(questions)
    // What encoded the passages is then unknown; it was another model.
    if queryEncoder != nil { description.questions = description.question }
    description.matrix = matrix.checksum()
    return Source(description: description, matrix: matrix)
  }

  private func load(_ name: String, _ precision: Precision = .float32) throws -> SentenceEncoder {
    try SentenceEncoder(folder: ModelFolder.resolve(name), name: name, precision)
  }

  private func describe(_ encoder: SentenceEncoder) -> EncoderDescription {
    var description = EncoderDescription(
      name: encoder.name, checksum: encoder.weightsSHA256, dimension: encoder.width,
      pooling: encoder.pooling)
    description.prefixes = EncoderPrefixes(
      question: queryPrefix ?? encoder.prefixes.question,
      passage: passagePrefix ?? encoder.prefixes.passage)
    return description
  }

  private func require(_ encoder: SentenceEncoder, _ width: Int, _ source: String) throws {
    guard encoder.width == width else {
      throw CheckpointError(
        file: encoder.name, expected: "\(width) floats in a vector, as \(source) has",
        found: "\(encoder.width)", hint: "encoders of two models?")
    }
  }
}
