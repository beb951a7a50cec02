import ArgumentParser
import Foundation
import Retrieval

struct Search: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ranks the passages of an index for one query.",
    discussion: "EXAMPLE: firn search \"who wrote the odyssey\" --index wiki --top 5 --explain")

  @Argument(help: "The query.")
  var query: String
  @OptionGroup var search: SearchOptions
  @Option(help: "Passages in the ranking.")
  var top = 10
  @Flag(help: "Show what the scores are made of.")
  var explain = false
  @Flag(help: "Print one JSON document.")
  var json = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try requirePositive(top, "top")
  }

  func run() throws {
    let retriever = try search.retriever()
    let found = try retriever.rank([query], top: top, rerank: search.rerank)[0]
    let hits = try zip(1..., found).map { rank, passage in
      SearchHit(
        rank: rank, passage: passage,
        terms: explain ? try retriever.index.explain(query, row: passage.row) : nil)
    }
    if json {
      try output.writeJSON(Document(query: query, hits: hits))
    } else if hits.isEmpty {
      global.note("no passage holds a term of the query")
    } else {
      try output.write(hits.map(\.text).joined(separator: "\n\n"))
    }
  }

  private struct Document: Encodable {
    let query: String
    let hits: [SearchHit]
  }
}

/// One line of a ranking as it is shown.
private struct SearchHit: Encodable {
  let rank: Int
  let passage: RetrievedPassage
  let terms: [TermExplanation]?

  private enum Key: String, CodingKey {
    case rank, id, title, score, text, bm25, cosine, retrieved, terms
  }
  private enum TermKey: String, CodingKey { case term, score, idf, frequency, documents }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(rank, forKey: .rank)
    try fields.encode(passage.passage.id, forKey: .id)
    try fields.encode(passage.passage.title, forKey: .title)
    try fields.encode(passage.score, forKey: .score)
    try fields.encode(passage.passage.text, forKey: .text)
    guard let terms else { return }
    try fields.encodeIfPresent(passage.bm25, forKey: .bm25)
    try fields.encodeIfPresent(passage.cosine, forKey: .cosine)
    try fields.encode(passage.retrieved, forKey: .retrieved)
    var list = fields.nestedUnkeyedContainer(forKey: .terms)
    for term in terms {
      var entry = list.nestedContainer(keyedBy: TermKey.self)
      try entry.encode(term.term, forKey: .term)
      try entry.encode(term.score, forKey: .score)
      try entry.encode(term.idf, forKey: .idf)
      try entry.encode(term.termFrequency, forKey: .frequency)
      try entry.encode(term.documentFrequency, forKey: .documents)
    }
  }

  /// For people: rank, score, id and title, then the text.
  var text: String {
    let title = passage.passage.title.isEmpty ? "" : "  \(passage.passage.title)"
    let head = "\(rank). \(decimal(passage.score))  [\(passage.passage.id)]\(title)"
    return ([head, passage.passage.text] + explanation).joined(separator: "\n")
  }

  private var explanation: [String] {
    guard let terms else { return [] }
    let stages = [
      ("bm25", passage.bm25), ("cosine", passage.cosine), ("retrieved", passage.retrieved),
      ("score", passage.score),
    ]
    let scores = stages.map { "\($0.0) \($0.1.map(decimal) ?? "-")" }.joined(separator: ", ")
    return ["  " + scores]
      + terms.map {
        "  \($0.term): \(decimal($0.score)) (\($0.termFrequency) times here, in "
          + "\($0.documentFrequency) passages, idf \(decimal($0.idf)))"
      }
  }

  private func decimal(_ value: some BinaryFloatingPoint & CVarArg) -> String {
    String(format: "%.4f", Double(value))
  }
}
