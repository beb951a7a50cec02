import CStemmer

/// A Snowball stemmer: maps a lower-case word to the stem that its inflections share.
///
/// One stemmer keeps scratch memory, so it serves one thread at a time and is not `Sendable`.
///
/// - Source: Porter 1980, "An algorithm for suffix stripping", and the Snowball project's algorithms
///   for other languages, snowballstem.org, as `libstemmer` implements them.
package final class Stemmer {
  package enum Algorithm: String, CaseIterable, Sendable {
    /// The 1980 algorithm, as in Lucene's English chain (Lucene adds Porter's two later rules,
    /// `bli → ble` and `logi → log`, which this one has not).
    case porter
    case arabic, armenian, basque, catalan, danish, dutch, finnish, french, german, greek, hindi
    case hungarian, indonesian, irish, italian, lithuanian, nepali, norwegian, portuguese, romanian
    case russian, serbian, spanish, swedish, tamil, turkish, yiddish
  }

  /// Whether the installed library has the algorithm; versions before 2.2 lack some.
  package static func isAvailable(_ algorithm: Algorithm) -> Bool {
    guard let stemmer = unsafe sb_stemmer_new(algorithm.rawValue, "UTF_8") else { return false }
    unsafe sb_stemmer_delete(stemmer)
    return true
  }

  private let stemmer: OpaquePointer

  package init(_ algorithm: Algorithm) {
    guard let stemmer = unsafe sb_stemmer_new(algorithm.rawValue, "UTF_8") else {
      preconditionFailure("expected a libstemmer with “\(algorithm.rawValue)”, found none")
    }
    unsafe self.stemmer = stemmer
  }

  deinit { unsafe sb_stemmer_delete(stemmer) }

  /// Replaces `word`, UTF-8 and lower-case, with its stem.
  package func stem(_ word: inout [UInt8]) {
    guard let size = Int32(exactly: word.count) else { return }
    // The result belongs to the stemmer until its next call. A null result means that it ran out
    // of memory; the word then stays as it is.
    guard let stem = unsafe sb_stemmer_stem(stemmer, word, size) else { return }
    let length = unsafe Int(sb_stemmer_length(stemmer))
    word.removeAll(keepingCapacity: true)
    unsafe word.append(contentsOf: UnsafeBufferPointer(start: stem, count: length))
  }
}
