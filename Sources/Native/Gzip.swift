import CZlib

/// The bytes as one gzip stream, as small as zlib makes it.
///
/// It holds neither a name nor a time, so that equal bytes give equal streams.
/// - Source: RFC 1952.
package func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  // 15 bits of window, and 16 more for the frame of gzip.
  let status = deflateInit2_(
    &stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  precondition(status == Z_OK, "expected memory for zlib, found its error \(status)")
  defer { deflateEnd(&stream) }
  var packed = [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(bytes.count))))
  let end = bytes.withUnsafeBufferPointer { source in
    packed.withUnsafeMutableBufferPointer { target in
      stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      stream.avail_in = uInt(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = uInt(target.count)
      return deflate(&stream, Z_FINISH)
    }
  }
  precondition(end == Z_STREAM_END, "expected the stream's end, found zlib's status \(end)")
  packed.removeLast(Int(stream.avail_out))
  return packed
}
