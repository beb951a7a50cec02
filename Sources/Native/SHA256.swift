import CCrypto

/// A running SHA-256 checksum.
///
/// - Source: FIPS 180-4, as OpenSSL implements it.
package struct SHA256 {
  private var context = SHA256_CTX()

  package init() {
    unsafe _ = SHA256_Init(&context)
  }

  package mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe _ = SHA256_Update(&context, buffer.baseAddress, buffer.count)
    }
  }

  package mutating func update(_ bytes: [UInt8]) {
    update(bytes.span.bytes)
  }

  /// Adds a text behind its length, so that no two lists of texts look alike.
  package mutating func update(_ text: String) {
    update(text.utf8.count)
    update(text.utf8.span.bytes)
  }

  /// Adds a number as 8 bytes, lowest first.
  package mutating func update(_ number: Int) {
    update(number.littleEndianBytes.span.bytes)
  }

  /// The checksum of everything so far, as 64 hexadecimal digits.
  package func finished() -> String { hexadecimal(digest()) }

  /// The checksum of everything so far, as 32 bytes.
  package func digest() -> [UInt8] {
    var copy = context
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    unsafe _ = SHA256_Final(&digest, &copy)
    return digest
  }
}

extension SHA256 {
  /// The checksum of everything so far, as four little-endian numbers.
  package var words: SIMD4<UInt64> {
    let digest = digest()
    let bytes = digest.span.bytes
    return SIMD4((0..<4).map { bytes.integer(at: 8 * $0, as: UInt64.self) })
  }
}

/// Two digits for each byte.
package func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { byte in
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
  }.joined()
}
