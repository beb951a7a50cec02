/// The JSON of one ranking in each of the formats that are JSON.
extension Ranking {
  /// As DPR's retriever writes it: scores are strings.
  var dpr: JSONText {
    json("ctxs") { ranked in
      var fields = ranked.named
      fields.add("score", .string("\(ranked.score)"))
      fields.add("has_answer", ranked.hasAnswer.map(JSONText.bool))
      return fields.object
    }
  }

  /// As FiD reads and writes it: scores are numbers, by which it sorts, and ids are bare.
  var fid: JSONText {
    json("ctxs") { ranked in
      var fields = ranked.bare.named
      fields.add("score", .number(ranked.score))
      fields.add("hasanswer", ranked.hasAnswer.map(JSONText.bool))
      return fields.object
    }
  }

  private func json(_ passages: String, _ passage: (RankedPassage) -> JSONText) -> JSONText {
    var fields = JSONMembersBuilder()
    fields.add("id", .string(question.id))
    fields.add("question", .string(question.text))
    fields.add("answers", .strings(question.answers))
    fields.add("passage_id", question.goldPassage.map(JSONText.string))
    fields.add(passages, .array(self.passages.map(passage)))
    return fields.object
  }

  /// The value under the question's id in what Pyserini's evaluation reads. It takes a text's first
  /// line for the title and judges the second alone, so that no further one may follow.
  func pyserini(_ losses: LossReport) -> JSONText {
    let contexts = passages.map { ranked in
      let passage = ranked.bare.passage
      var fields = JSONMembersBuilder()
      fields.add("docid", .string(passage.id))
      fields.add("score", .string("\(ranked.score)"))
      if !passage.text.isEmpty || !passage.title.isEmpty {
        fields.add("text", .string("\(losses.line(passage.title))\n\(losses.line(passage.text))"))
      }
      fields.add("has_answer", ranked.hasAnswer.map(JSONText.bool))
      return fields.object
    }
    return .object([
      ("question", .string(question.text)), ("answers", .strings(question.answers)),
      ("contexts", .array(contexts)),
    ])
  }

  /// KILT ranks pages: of a passage `PAGE#n` the page is named.
  var kilt: JSONText {
    let pages = passages.map { ranked in
      var fields = JSONMembersBuilder()
      fields.add("wikipedia_id", .string(ranked.bare.passage.pageID))
      let passage = ranked.passage
      fields.add("title", passage.title.isEmpty ? nil : .string(passage.title))
      fields.add("text", passage.text.isEmpty ? nil : .string(passage.text))
      fields.add("score", .number(ranked.score))
      return fields.object
    }
    return .object([
      ("id", .string(question.id)), ("input", .string(question.text)),
      ("output", .array([.object([("provenance", .array(pages))])])),
    ])
  }
}

extension RankedPassage {
  fileprivate var named: JSONMembersBuilder {
    var fields = JSONMembersBuilder()
    fields.add("id", .string(passage.id))
    fields.add("title", .string(passage.title))
    fields.add("text", .string(passage.text))
    return fields
  }

  /// Without the `wiki:` that DPR, and DPR alone, puts before the ids of its passages.
  fileprivate var bare: RankedPassage {
    var bare = self
    bare.passage.id = passage.bareID
    return bare
  }
}

extension Passage {
  /// The id without the `wiki:` of DPR's outputs.
  package var bareID: String { Self.bare(id) }

  package static func bare(_ id: String) -> String {
    id.hasPrefix("wiki:") ? String(id.dropFirst(5)) : id
  }

  /// The page of a passage that was cut from KILT's knowledge source: what stands before `#n`.
  package var pageID: String { Self.page(of: id) }

  package static func page(of id: String) -> String {
    guard let mark = id.lastIndex(of: "#"), mark > id.startIndex,
      Int(id[id.index(after: mark)...]) != nil
    else { return id }
    return String(id[..<mark])
  }
}
