/// A SentencePiece model (`spiece.model`): its pieces and what its trainer and normalizer say.
///
/// - Source: sentencepiece_model.proto of google/sentencepiece, whose field numbers these are.
struct SentencePieceFile {
  enum PieceKind: UInt64 {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  enum ModelKind: UInt64 {
    case unigram = 1
    case bytePairs
  }

  struct Piece {
    var spelling = ""
    /// In nats for a unigram model; for byte pairs the order of merging, the greater the earlier.
    var score: Float = 0
    var kind = PieceKind.normal
  }

  let path: String
  private(set) var pieces: [Piece] = []
  private(set) var model = ModelKind.unigram
  private(set) var unknownID = 0
  private(set) var fallsBackToBytes = false
  private(set) var characterMap: CharacterMap?

  /// - Throws: `TokenizerError` when the file cannot be read or is no such model.
  init(path: String) throws(TokenizerError) {
    self.path = path
    let bytes = try tokenizerBytes(path)
    do {
      try read(bytes)
    } catch let error as ProtocolBuffer.Malformed {
      throw TokenizerError(
        "byte \(error.offset)", file: path, expected: "a SentencePiece model", found: "other bytes")
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw TokenizerError(
        "reading", file: path, expected: "a SentencePiece model", found: "\(error)")
    }
    guard pieces.indices.contains(unknownID) else {
      throw TokenizerError(
        "unk_id", file: path, expected: "an id below \(pieces.count)", found: "\(unknownID)")
    }
  }

  private mutating func read(_ bytes: [UInt8]) throws {
    var message = ProtocolBuffer(bytes, bytes.indices)
    while let (field, value) = try message.next() {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 1: pieces.append(try piece(bytes, range))
      case 2: try readTrainer(bytes, range)
      case 3: try readNormalizer(bytes, range)
      default: break
      }
    }
  }

  private func piece(_ bytes: [UInt8], _ range: Range<Int>) throws -> Piece {
    var piece = Piece()
    var message = ProtocolBuffer(bytes, range)
    while let (field, value) = try message.next() {
      switch (field, value) {
      case (1, .bytes(let range)):
        guard let spelling = String(validating: bytes[range], as: UTF8.self) else {
          throw ProtocolBuffer.Malformed(offset: range.lowerBound)
        }
        piece.spelling = spelling
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .number(let kind)): piece.kind = PieceKind(rawValue: kind) ?? .normal
      default: break
      }
    }
    return piece
  }

  private mutating func readTrainer(_ bytes: [UInt8], _ range: Range<Int>) throws {
    var message = ProtocolBuffer(bytes, range)
    while let (field, value) = try message.next() {
      switch (field, value) {
      case (3, .number(let kind)):
        guard let model = ModelKind(rawValue: kind) else {
          throw TokenizerError(
            "model_type", file: path, expected: "unigram (1) or BPE (2)", found: "\(kind)")
        }
        self.model = model
      case (35, .number(let flag)): fallsBackToBytes = flag != 0
      case (40, .number(let id)): unknownID = Int(truncatingIfNeeded: id)
      default: break
      }
    }
  }

  private mutating func readNormalizer(_ bytes: [UInt8], _ range: Range<Int>) throws {
    var message = ProtocolBuffer(bytes, range)
    while let (field, value) = try message.next() {
      guard field == 2, case .bytes(let range) = value, !range.isEmpty else { continue }
      guard let map = CharacterMap(Array(bytes[range])) else {
        throw TokenizerError(
          "precompiled_charsmap", file: path, expected: "a character map", found: "other bytes")
      }
      characterMap = map
    }
  }
}
