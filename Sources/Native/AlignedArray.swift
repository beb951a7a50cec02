/// Values that never change, on a 64-byte boundary, so that no vector register's load of them lies
/// across two cache lines.
package final class AlignedArray<Element: BitwiseCopyable & Sendable>: Sendable {
  package let count: Int
  // Written once in `init`: safe to share between threads.
  nonisolated(unsafe) let base: UnsafeMutablePointer<Element>

  package init(_ values: [Element]) {
    count = values.count
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<Element>.stride, alignment: 64)
    base = memory.bindMemory(to: Element.self, capacity: count)
    values.withUnsafeBufferPointer { values in
      guard let first = values.baseAddress else { return }
      base.initialize(from: first, count: values.count)
    }
  }

  deinit { base.deallocate() }
}

/// The values' bytes as the machine stores them.
package func bytes<Element: BitwiseCopyable>(of values: [Element]) -> [UInt8] {
  values.withUnsafeBytes { Array($0) }
}
