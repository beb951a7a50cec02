/// The fold of a question in cross-validation over `count` folds.
///
/// It hangs on the words alone: FNV-1a, 64 bits, over the lower-cased words joined by single spaces,
/// modulo `count`. One question in two files is in one fold, in every file and on every machine.
/// - Source: Fowler, Noll & Vo; constants of draft-eastlake-fnv.
package func fold(of question: String, count: Int) -> Int {
  precondition(count > 0, "expected at least one fold, found \(count)")
  let words = question.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in words.utf8 {
    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
  }
  return Int(hash % UInt64(count))
}
