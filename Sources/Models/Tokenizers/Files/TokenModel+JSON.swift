extension TokenModel {
  /// - Parameter added: ids of added tokens by spelling, for an unknown token that is one of them.
  /// - Throws: `TokenizerError` with the key at fault; an unknown kind is one.
  init(_ node: TokenizerNode, added: TokenVocabulary) throws(TokenizerError) {
    switch try node.modelType() {
    case "BPE": self = .bytePairs(try BytePairModel(node, added: added))
    case "Unigram": self = .unigram(try UnigramModel(node))
    case "WordPiece":
      let vocabulary = TokenVocabulary(try node.vocabulary())
      if let prefix = node["continuing_subword_prefix"], try prefix.string != "##" {
        throw prefix.error("##")
      }
      self = .wordPiece(
        WordPieceModel(
          vocabulary: vocabulary, pieces: WordPieceVocabulary(tokens: vocabulary.tokens),
          unknownID: try node.unknownID(vocabulary, added, default: "[UNK]"),
          longestWord: try node["max_input_chars_per_word"]?.integer ?? 100))
    case "WordLevel":
      let vocabulary = TokenVocabulary(try node.vocabulary())
      self = .wordLevel(
        WordLevelModel(
          vocabulary: vocabulary,
          unknownID: try node.unknownID(vocabulary, added, default: "<unk>")))
    default: throw try node.member("type").error("BPE, Unigram, WordPiece or WordLevel")
    }
  }
}

extension BytePairModel {
  fileprivate init(_ node: TokenizerNode, added: TokenVocabulary) throws(TokenizerError) {
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = node[key], try !affix.string.isEmpty { throw affix.error("none") }
    }
    if let dropout = node["dropout"], dropout.json.number != 0 {
      throw dropout.error("none", hint: "its tokens would be random")
    }
    let vocabulary = TokenVocabulary(try node.vocabulary())
    var merges: [(left: Int32, right: Int32, id: Int32)] = []
    for merge in try node.member("merges").elements {
      let (left, right) = try merge.pair()
      merges.append(try merge.merge(left, right, in: vocabulary))
    }
    var unknownID: Int32?
    if node["unk_token"] != nil { unknownID = try node.unknownID(vocabulary, added, default: "") }
    self.init(
      vocabulary: vocabulary, merges: MergeTable(merges), unknownID: unknownID,
      fusesUnknown: try node.flag("fuse_unk", default: false),
      fallsBackToBytes: try node.flag("byte_fallback", default: false),
      ignoresMerges: try node.flag("ignore_merges", default: false))
  }
}

extension UnigramModel {
  fileprivate init(_ node: TokenizerNode) throws(TokenizerError) {
    let list = try node.member("vocab")
    var pieces: [(spelling: String, score: Double)] = []
    for piece in try list.elements {
      guard let parts = piece.json.elements, parts.count == 2, let spelling = parts[0].string,
        let score = parts[1].number
      else { throw piece.error("a piece and its score") }
      pieces.append((spelling, score))
    }
    let unknown = try node.member("unk_id")
    guard pieces.indices.contains(try unknown.integer) else {
      throw unknown.error("an id below \(pieces.count)")
    }
    self.init(
      pieces: pieces, unknownID: try unknown.integer,
      fallsBackToBytes: try node.flag("byte_fallback", default: false))
  }
}

extension TokenizerNode {
  /// The model's kind; files from before it was written are told by what they hold.
  func modelType() throws(TokenizerError) -> String {
    if let type = self["type"] { return try type.string }
    if self["merges"] != nil { return "BPE" }
    return self["unk_id"] != nil ? "Unigram" : "WordPiece"
  }

  /// The tokens of an object of ids, in the file's order; no id may come twice.
  func vocabulary() throws(TokenizerError) -> [(spelling: String, id: Int32)] {
    let vocab = try member("vocab")
    return try vocab.tokens()
  }

  func tokens() throws(TokenizerError) -> [(spelling: String, id: Int32)] {
    guard let members = json.members, !members.isEmpty else { throw error("an object of ids") }
    var seen: Set<Int32> = []
    var tokens: [(spelling: String, id: Int32)] = []
    for member in members {
      guard let id = member.value.integer, 0..<1 << 24 ~= id, seen.insert(Int32(id)).inserted else {
        throw error("an id of its own below 2^24 for \(member.key)", found: member.value.summary)
      }
      tokens.append((member.key, Int32(id)))
    }
    return tokens
  }

  /// Two spellings, in an array or joined by a space.
  fileprivate func pair() throws(TokenizerError) -> (String, String) {
    if let parts = json.elements, parts.count == 2, let left = parts[0].string,
      let right = parts[1].string
    {
      return (left, right)
    }
    let parts = (json.string ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw error("two tokens") }
    return (String(parts[0]), String(parts[1]))
  }

  fileprivate func merge(
    _ left: String, _ right: String, in vocabulary: TokenVocabulary
  ) throws(TokenizerError) -> (left: Int32, right: Int32, id: Int32) {
    guard let merge = vocabulary.merge(left, right) else {
      throw error("two tokens that are in the vocabulary and so is what they make")
    }
    return merge
  }

  fileprivate func unknownID(
    _ vocabulary: TokenVocabulary, _ added: TokenVocabulary, default value: String
  ) throws(TokenizerError) -> Int32 {
    let token = try self["unk_token"]?.string ?? value
    guard let id = vocabulary.id(of: token) ?? added.id(of: token) else {
      throw (self["unk_token"] ?? self).error("an unknown token that is in the vocabulary")
    }
    return id
  }
}

extension TokenVocabulary {
  /// The ids of two tokens and of the one that they make, or nil when one is missing.
  func merge(_ left: String, _ right: String) -> (left: Int32, right: Int32, id: Int32)? {
    guard let leftID = id(of: left), let rightID = id(of: right), let id = id(of: left + right)
    else { return nil }
    return (leftID, rightID, id)
  }
}
