/// GPT-2's spelling of bytes as visible characters: printable Latin-1 stands for itself, the other
/// bytes for U+0100 and on, so that a space is "Ġ".
///
/// - Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners".
enum ByteAlphabet {
  /// The UTF-8 of each byte's character.
  static let spelling: [[UInt8]] = scalars.map { Array(String($0).utf8) }

  /// The byte that a character stands for.
  static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    scalar.value < 0x144 ? bytes[Int(scalar.value)] : nil
  }

  private static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? "?"
      }
    }
  }()

  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = UInt8(byte) }
    return bytes
  }()
}
