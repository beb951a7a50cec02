/// What becomes of the places where a text is split.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// The parts of `range` when it is split at `delimiters`, which ascend and do not overlap.
  ///
  /// With `isInverted` the delimiters are what lies between those given.
  func split(
    _ range: Range<Int>, at delimiters: [Range<Int>], isInverted: Bool,
    into parts: inout [Range<Int>]
  ) {
    let first = parts.count
    var wasDelimiter = false
    func add(_ part: Range<Int>, isDelimiter: Bool) {
      switch self {
      case .removed: if !isDelimiter && !part.isEmpty { parts.append(part) }
      case .isolated: if !part.isEmpty { parts.append(part) }
      case .contiguous: join(part, if: isDelimiter == wasDelimiter)
      case .mergedWithPrevious: join(part, if: isDelimiter && !wasDelimiter)
      case .mergedWithNext: join(part, if: wasDelimiter && !isDelimiter)
      }
      wasDelimiter = isDelimiter
    }
    func join(_ part: Range<Int>, if joins: Bool) {
      if joins, parts.count > first {
        parts[parts.count - 1] = parts[parts.count - 1].lowerBound..<part.upperBound
      } else {
        parts.append(part)
      }
    }
    var end = range.lowerBound
    for delimiter in delimiters {
      if end < delimiter.lowerBound { add(end..<delimiter.lowerBound, isDelimiter: isInverted) }
      add(delimiter, isDelimiter: !isInverted)
      end = delimiter.upperBound
    }
    if end < range.upperBound { add(end..<range.upperBound, isDelimiter: isInverted) }
  }
}
