/// Frozen floats, shared without copying: an array's, or a stretch of a mapped file.
package final class FloatTable: Sendable {
  private enum Source {
    case array([Float])
    case file(MappedFile, offset: Int)
  }

  private let source: Source
  package let count: Int

  package init(_ floats: [Float]) {
    source = .array(floats)
    count = floats.count
  }

  /// `count` floats from byte `offset` of `file` on.
  package init(file: MappedFile, offset: Int, count: Int) {
    source = .file(file, offset: offset)
    self.count = count
  }

  package var span: Span<Float> {
    @_lifetime(borrow self)
    get {
      switch source {
      case .array(let floats): _overrideLifetime(floats.span, borrowing: self)
      case .file(let file, let offset):
        _overrideLifetime(file.floats(at: offset, count: count), borrowing: self)
      }
    }
  }
}

extension FloatTable {
  /// Lets go of what was touched of a mapped file.
  package func releasePages() {
    guard case .file(let file, let offset) = source else { return }
    file.releasePages(offset..<offset + 4 * count)
  }

  /// The floats as an array of their own.
  package func copy() -> [Float] {
    span.withUnsafeBufferPointer { Array($0) }
  }
}
