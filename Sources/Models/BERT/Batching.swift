import Native

/// Divides sequences into groups that threads take one after another: at most `tokens` a group, and
/// small enough that every thread gets several; the longest sequences come first, so that the last
/// groups to finish are short. A group's states stay in the second-level cache from map to map.
///
/// - Returns: indices into `lengths`, each exactly once.
package func ragged(lengths: [Int], tokens: Int = 512) -> [[Int]] {
  let order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
  let share = lengths.reduce(0, +) / (4 * Parallel.threads)
  let limit = min(tokens, max(share, 1))
  var groups: [[Int]] = []
  var filled = 0
  for index in order {
    if groups.isEmpty || filled + lengths[index] > limit {
      groups.append([])
      filled = 0
    }
    groups[groups.count - 1].append(index)
    filled += lengths[index]
  }
  return groups
}
