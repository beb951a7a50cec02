import Foundation

/// What the files beside a vocabulary say about it: `config.json`, `tokenizer_config.json`,
/// `special_tokens_map.json`, `added_tokens.json`.
struct TokenizerSettings {
  /// `model_type` of the network, as in "opt"; empty when nothing says it.
  private(set) var modelType = ""
  private(set) var addsBeginning: Bool?
  private(set) var addsEnd: Bool?
  private(set) var addsPrefixSpace: Bool?
  /// How many "<extra_id_0>" the vocabulary of a T5 goes on with.
  private(set) var extraIDs = 100
  /// The special tokens by what they are for, as in "eos_token".
  private var special: [String: String] = [:]
  /// Tokens beyond the vocabulary, with their ids.
  private(set) var added: [AddedToken] = []

  init(folder: String) throws(TokenizerError) {
    func open(_ name: String) throws(TokenizerError) -> TokenizerNode? {
      let path = "\(folder)/\(name)"
      return FileManager.default.fileExists(atPath: path) ? try TokenizerNode(file: path) : nil
    }
    modelType = try open("config.json")?["model_type"]?.string ?? ""
    for name in ["special_tokens_map.json", "tokenizer_config.json"] {
      if let node = try open(name) { try read(node) }
    }
    if let node = try open("added_tokens.json") {
      for (content, id) in try node.tokens() {
        added.append(AddedToken(content: content, id: id, isSpecial: isSpecial(content)))
      }
    }
  }

  /// The token for a use, or the first of `defaults` that the vocabulary has.
  func token(
    _ use: String, in vocabulary: TokenVocabulary, default spelling: String
  ) -> Int32? {
    vocabulary.id(of: special[use] ?? spelling)
  }

  /// The special tokens that the vocabulary has: those that were named, or else the usual ones.
  func specialTokens(in vocabulary: TokenVocabulary) -> [AddedToken] {
    let hasFrame = vocabulary.id(of: "</s>") != nil
    let usual = hasFrame ? ["<s>", "</s>", "<pad>", "<unk>"] + masks : ["<|endoftext|>"]
    var ids: [Int32: AddedToken] = [:]
    for content in special.isEmpty ? usual : Array(special.values) {
      guard let id = vocabulary.id(of: content) else { continue }
      // RoBERTa's mask takes the space before it along.
      ids[id] = AddedToken(
        content: content, id: id, isSpecial: true, takesSpaceBefore: content == "<mask>")
    }
    for token in added where ids[token.id] == nil { ids[token.id] = token }
    return ids.values.sorted { $0.id < $1.id }
  }

  /// OPT keeps RoBERTa's mask in its vocabulary, but has no use for it.
  private var masks: [String] { modelType == "opt" ? [] : ["<mask>"] }

  private func isSpecial(_ content: String) -> Bool { special.values.contains(content) }

  private mutating func read(_ node: TokenizerNode) throws(TokenizerError) {
    for use in ["bos", "eos", "unk", "pad", "sep", "cls", "mask"].map({ $0 + "_token" }) {
      guard let token = node[use] else { continue }
      special[use] = try (token["content"] ?? token).string
    }
    addsBeginning = node["add_bos_token"]?.json.bool ?? addsBeginning
    addsEnd = node["add_eos_token"]?.json.bool ?? addsEnd
    addsPrefixSpace = node["add_prefix_space"]?.json.bool ?? addsPrefixSpace
    extraIDs = try node["extra_ids"]?.count ?? extraIDs
    guard let decoder = node["added_tokens_decoder"]?.json.members else { return }
    for member in decoder {
      guard let id = Int32(member.key), 0..<1 << 24 ~= id,
        let content = member.value["content"]?.string
      else { throw node.error("ids and tokens in added_tokens_decoder", found: member.key) }
      added.append(
        AddedToken(
          content: content, id: id, isSpecial: member.value["special"]?.bool ?? false,
          isNormalized: member.value["normalized"]?.bool ?? false,
          isSingleWord: member.value["single_word"]?.bool ?? false,
          takesSpaceBefore: member.value["lstrip"]?.bool ?? false,
          takesSpaceAfter: member.value["rstrip"]?.bool ?? false))
    }
  }
}
