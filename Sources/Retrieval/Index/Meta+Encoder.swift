import GRDB
import Models
import Tensors

extension Meta {
  static func write(_ encoder: EncoderDescription, _ db: Database) throws {
    try set(.encoderName, encoder.name, db)
    try set(.encoderChecksum, encoder.checksum, db)
    try set(.encoderDimension, encoder.dimension, db)
    try set(.encoderPooling, encoder.pooling, db)
    try set(.encoderPrecision, encoder.precision.rawValue, db)
    let optional: [(MetaKey, String?)] = [
      (.encoderPassagePrefix, encoder.prefixes.passage),
      (.encoderQuestionPrefix, encoder.prefixes.question), (.encoderMatrix, encoder.matrix),
      (.questionEncoderName, encoder.questions?.name),
      (.questionEncoderChecksum, encoder.questions?.checksum),
      (.questionEncoderPooling, encoder.questions?.pooling),
    ]
    for (key, value) in optional {
      if let value, !value.isEmpty { try set(key, value, db) }
    }
  }

  static func encoder(_ db: Database, path: String) throws -> EncoderDescription? {
    guard let name = try value(.encoderName, db) else { return nil }
    var encoder = EncoderDescription(
      name: name, checksum: try require(.encoderChecksum, db, path: path),
      dimension: try number(.encoderDimension, db, path: path, as: Int.self),
      pooling: try require(.encoderPooling, db, path: path))
    encoder.prefixes.passage = try value(.encoderPassagePrefix, db) ?? ""
    encoder.prefixes.question = try value(.encoderQuestionPrefix, db) ?? ""
    encoder.matrix = try value(.encoderMatrix, db)
    if let precision = try value(.encoderPrecision, db) {
      guard let known = Precision(rawValue: precision) else {
        throw IndexError(.damaged, "unknown precision of encoding “\(precision)”", path: path)
      }
      encoder.precision = known
    }
    if let name = try value(.questionEncoderName, db) {
      encoder.questions = EncoderDescription.QuestionEncoder(
        name: name, checksum: try require(.questionEncoderChecksum, db, path: path),
        pooling: try require(.questionEncoderPooling, db, path: path))
    }
    return encoder
  }
}
