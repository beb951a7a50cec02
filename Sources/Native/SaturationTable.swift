import CKernels

/// What a term's frequency counts in passages of different lengths:
/// frequency / (frequency + base + slope · length).
package struct SaturationTable: Sendable {
  /// Rows that have a length.
  package let count: Int
  private let base: Float
  private let slope: Float
  private let lengths: Lengths

  /// Lengths in as few bytes each as the largest needs: they are read in no order, so what counts
  /// is how many the caches hold.
  private enum Lengths: Sendable {
    case bytes(AlignedArray<UInt8>)
    case shorts(AlignedArray<UInt16>)
    case longs(AlignedArray<UInt32>)
  }

  package init(base: Double, slope: Double, lengths: AlignedArray<UInt32>) {
    (self.base, self.slope, count) = (Float(base), Float(slope), lengths.count)
    let longest = UnsafeBufferPointer(start: lengths.base, count: lengths.count).max() ?? 0
    if longest <= UInt8.max {
      self.lengths = .bytes(lengths.narrowed())
    } else if longest <= UInt16.max {
      self.lengths = .shorts(lengths.narrowed())
    } else {
      self.lengths = .longs(lengths)
    }
  }

  /// Valid for as long as the table lives.
  var kernel: firn_saturation {
    let (pointer, bytes): (UnsafeRawPointer, Int) =
      switch lengths {
      case .bytes(let array): (UnsafeRawPointer(array.base), 1)
      case .shorts(let array): (UnsafeRawPointer(array.base), 2)
      case .longs(let array): (UnsafeRawPointer(array.base), 4)
      }
    return firn_saturation(base: base, slope: slope, lengths: pointer, length_bytes: bytes)
  }
}

extension AlignedArray where Element == UInt32 {
  /// The same numbers in fewer bits, which must suffice.
  fileprivate func narrowed<Narrow: FixedWidthInteger & BitwiseCopyable & Sendable>()
    -> AlignedArray<Narrow>
  {
    AlignedArray<Narrow>(count: count) { narrow in
      for index in 0..<count { narrow[index] = Narrow(truncatingIfNeeded: base[index]) }
    }
  }
}
