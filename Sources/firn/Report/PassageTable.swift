import Retrieval

/// The passages that a page shows, each kept once.
struct PassageTable {
  private(set) var passages: [Passage] = []
  private var rows: [Key: Int] = [:]

  /// Two corpora may use one id for different passages.
  private struct Key: Hashable {
    let id, title, text: String
  }

  /// The row of a passage, which is added unless it is there.
  mutating func row(of passage: Passage) -> Int {
    let key = Key(id: passage.id, title: passage.title, text: passage.text)
    if let row = rows[key] { return row }
    rows[key] = passages.count
    passages.append(passage)
    return passages.count - 1
  }
}
