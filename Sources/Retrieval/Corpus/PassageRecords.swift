extension JSONRecord {
  /// A passage with the fields `id`, `title`?, `text`.
  func passage(id key: String) throws -> Passage {
    let passage = Passage(
      id: try require(key, id), title: try string("title") ?? "",
      text: try require("text", string))
    return try checked(passage)
  }

  /// A passage whose `contents` are a title, a line end and a text, or a text alone.
  ///
  /// A first line counts as a title when it is in quotes, as in Wikipedia collections, or when it
  /// is short (at most 150 characters) and does not end as a sentence does.
  func pyseriniPassage() throws -> Passage {
    let contents = try require("contents", string)
    let id = try require("id", id)
    let parts = contents.split(
      separator: "\n", maxSplits: 1, omittingEmptySubsequences: false
    ).map(\.trimmed)
    guard parts.count == 2, JSONRecord.looksLikeTitle(parts[0]), !parts[1].isEmpty else {
      return try checked(Passage(id: id, title: try string("title") ?? "", text: contents))
    }
    return Passage(id: id, title: parts[0].unwrappedTitle, text: parts[1])
  }

  /// Atlas shows the section behind the title.
  func atlasPassage() throws -> Passage {
    var passage = try passage(id: "id")
    let section = try string("section") ?? ""
    if !section.isEmpty { passage.title += passage.title.isEmpty ? section : ": \(section)" }
    return passage
  }

  func tevatronPassage() throws -> Passage {
    let text = try string("document_text") ?? require("text", string)
    return try checked(
      Passage(id: require("docid", id), title: string("title") ?? "", text: text))
  }

  private static func looksLikeTitle(_ line: String) -> Bool {
    guard let last = line.last else { return false }
    return last == "\"" ? line.first == "\"" : line.count <= 150 && !".!?;,".contains(last)
  }

  /// The passages of one KILT page: its paragraphs, without the title and without headings.
  func kiltPassages(words: Int, overlap: Int) throws -> [Passage] {
    let page = try require("wikipedia_id", id)
    let title = try require("wikipedia_title", string)
    var splitter = PassageSplitter(words: words, overlap: overlap)
    var texts: [String] = []
    for paragraph in try require("text", strings) {
      let text = paragraph.trimmed
      if text == title || text.hasPrefix("Section::::") { continue }
      let plain = text.hasPrefix("BULLET::::-") ? String(text.dropFirst(11)) : text
      texts += splitter.add(paragraph: plain)
    }
    texts += splitter.finish()
    return texts.enumerated().map {
      Passage(id: "\(page)#\($0.offset + 1)", title: title, text: $0.element)
    }
  }

  /// Collections do have documents with a title and no text, but one without both is a mistake.
  private func checked(_ passage: Passage) throws -> Passage {
    if !passage.text.allSatisfy(\.isWhitespace) || !passage.title.isEmpty { return passage }
    throw error(
      expected: "a text in passage \(InputError.quoted(passage.id))", found: "an empty one")
  }
}

/// Where a DPR file keeps its columns, as its header says.
struct DPRColumns {
  private let id: Int
  private let title: Int
  private let text: Int
  private let count: Int

  /// - Throws: `InputError` unless the row names `id`, `text` and `title`.
  init(_ header: DelimitedRow) throws {
    let names = try header.fields.indices.map { try header.text($0) }
    guard let id = names.firstIndex(of: "id"), let text = names.firstIndex(of: "text"),
      let title = names.firstIndex(of: "title")
    else {
      throw InputError(
        file: header.file, line: header.line, expected: "the header id<TAB>text<TAB>title",
        found: InputError.quoted(names.joined(separator: "\t")))
    }
    self.id = id
    self.title = title
    self.text = text
    count = names.count
  }

  func passage(_ row: DelimitedRow) throws -> Passage {
    try row.requireColumns(count, "id, text, title")
    let passage = Passage(
      id: try row.text(id), title: try row.text(title).unwrapped,
      text: try row.text(text).unwrapped)
    guard !passage.id.isEmpty, !passage.text.isEmpty else {
      throw InputError(
        file: row.file, line: row.line, expected: "an id and a text",
        found: passage.id.isEmpty ? "no id" : "no text")
    }
    return passage
  }
}

extension String {
  /// Without the pair of quotes around the whole, if there is one and no quote inside.
  var unwrapped: String {
    let inner = dropFirst().dropLast()
    let isWrapped = count >= 2 && first == "\"" && last == "\"" && !inner.contains("\"")
    return isWrapped ? String(inner) : self
  }

  /// The same for a title that may hold quotes of its own, as in `"The "A" Team"`; one that merely
  /// begins and ends with a quotation, as in `"A" and "B"`, stays.
  var unwrappedTitle: String {
    let inner = dropFirst().dropLast()
    guard count >= 2, first == "\"", last == "\"", let quote = inner.firstIndex(of: "\"") else {
      return unwrapped
    }
    let opens = quote == inner.startIndex || inner[inner.index(before: quote)] == " "
    return opens ? String(inner) : self
  }
}
