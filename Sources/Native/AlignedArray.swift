/// Values that never change, on a 64-byte boundary, so that no vector register's load of them lies
/// across two cache lines.
package final class AlignedArray<Element: BitwiseCopyable & Sendable>: Sendable {
  package let count: Int
  // Written once in `init`: safe to share between threads.
  nonisolated(unsafe) let base: UnsafeMutablePointer<Element>

  /// - Parameter body: writes all of the memory.
  init(count: Int, _ body: (UnsafeMutableBufferPointer<Element>) -> Void) {
    let memory = UnsafeMutableBufferPointer<Element>.aligned(count)
    body(memory)
    self.count = count
    base = memory.baseAddress!
  }

  package convenience init(_ values: [Element]) {
    self.init(count: values.count) { _ = $0.initialize(fromContentsOf: values) }
  }

  /// Copies values as the machine stores them.
  ///
  /// - Requires: bytes of whole elements.
  package convenience init(bytes: RawSpan) {
    let count = bytes.byteCount / MemoryLayout<Element>.stride
    precondition(
      bytes.byteCount == count * MemoryLayout<Element>.stride,
      "expected whole elements, found \(bytes.byteCount) bytes")
    self.init(count: count) { memory in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(memory).copyMemory(from: $0) }
    }
  }

  deinit { base.deallocate() }

  package subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count, "expected an index below \(count), found \(index)")
    return base[index]
  }

  /// A copy of the values.
  package var values: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

extension UnsafeMutableBufferPointer where Element: BitwiseCopyable {
  /// Memory on a 64-byte boundary, to be deallocated.
  static func aligned(_ count: Int) -> Self {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: Swift.max(1, count) * MemoryLayout<Element>.stride, alignment: 64)
    return Self(start: memory.bindMemory(to: Element.self, capacity: count), count: count)
  }
}

/// Floats for `body` to write on a 64-byte boundary.
func withScratch<Result>(
  _ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result
) -> Result {
  withUnsafeTemporaryAllocation(
    byteCount: max(1, count) * MemoryLayout<Float>.stride, alignment: 64
  ) { body($0.bindMemory(to: Float.self).baseAddress!) }
}

/// The values' bytes as the machine stores them.
package func bytes<Element: BitwiseCopyable>(of values: [Element]) -> [UInt8] {
  values.withUnsafeBytes { Array($0) }
}
