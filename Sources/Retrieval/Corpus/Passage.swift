/// One unit of retrieval: a short text with the title of the document it comes from.
package struct Passage: Codable, Equatable, Sendable {
  /// Unique in its corpus.
  package var id: String
  /// Empty when there is none.
  package var title: String
  package var text: String

  package init(id: String, title: String, text: String) {
    self.id = id
    self.title = title
    self.text = text
  }
}
