import CKernels

/// How a number is laid out in a file, lowest byte first.
package enum StoredFloat: Sendable {
  case float32, float16, bfloat16

  /// Bytes per number.
  package var width: Int { self == .float32 ? 4 : 2 }
}

extension MappedFile {
  /// A copy of some bytes.
  /// - Requires: a range inside the file.
  package func copyBytes(_ range: Range<Int>) -> [UInt8] {
    let bytes = bytes.extracting(range)
    return unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }

  /// `floatCount` numbers from byte `offset` on, converted to `Float` exactly.
  ///
  /// Unlike `floats(at:count:)`, this takes any offset: a file made elsewhere may not be aligned.
  /// - Requires: the range inside the file.
  package func copyFloats(_ format: StoredFloat, at offset: Int, count floatCount: Int) -> [Float] {
    let bytes = bytes.extracting(offset..<offset + floatCount * format.width)
    return unsafe bytes.withUnsafeBytes { source in
      unsafe [Float](unsafeUninitializedCapacity: floatCount) { target, initialized in
        switch format {
        case .float32:
          unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
        case .float16:
          unsafe firn_widen(source.baseAddress, floatCount, target.baseAddress)
        case .bfloat16:
          for i in 0..<floatCount {
            let bits = unsafe source.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)
            unsafe target.initializeElement(at: i, to: Float(bitPattern: UInt32(bits) << 16))
          }
        }
        initialized = floatCount
      }
    }
  }
}
