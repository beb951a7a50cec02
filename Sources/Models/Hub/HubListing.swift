/// The files of a model at one commit, as a hub lists them.
struct HubListing: Equatable, Sendable {
  struct File: Equatable, Sendable {
    /// Relative to the model's folder; never leads out of it.
    let name: String
    /// Bytes, where the hub tells.
    var size: Int?
    /// In hexadecimal; hubs know it of large files.
    var sha256: String?
  }

  let commit: String
  let files: [File]

  /// - Throws: `RemoteError` for anything that is no listing, also for names that are no places
  ///   inside a folder.
  init(_ response: HTTPResponse, of request: HTTPRequest) throws(RemoteError) {
    let json = try? JSON(response.body)
    guard let commit = json?["sha"]?.string, commit.wholeMatch(of: /[0-9A-Za-z]{1,64}/) != nil,
      let siblings = json?["siblings"]?.elements
    else {
      throw RemoteError(request, response, expected: "a model's sha and siblings in JSON")
    }
    self.commit = commit
    var files: [File] = []
    for sibling in siblings {
      guard let name = sibling["rfilename"]?.string, Self.isInside(name) else {
        throw RemoteError(
          request.place, status: response.status, expected: "names of files inside the model",
          found: sibling["rfilename"]?.summary ?? "none")
      }
      let size = sibling["size"]?.integer ?? sibling["lfs"]?["size"]?.integer
      files.append(
        File(name: name, size: size, sha256: Self.digest(sibling["lfs"]?["sha256"]?.string)))
    }
    self.files = files
  }

  init(commit: String, files: [File]) {
    self.commit = commit
    self.files = files
  }

  private static func isInside(_ name: String) -> Bool {
    !name.isEmpty && !name.contains("\\") && !name.unicodeScalars.contains { $0.value < 0x20 }
      && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !["", ".", ".."].contains($0)
      }
  }

  /// A SHA-256 as a hub or a header gives it, which may be in quotes.
  static func digest(_ text: String?) -> String? {
    guard let text = text?.trimmingPrefix("W/").split(separator: "\"").first,
      text.wholeMatch(of: /[0-9a-fA-F]{64}/) != nil
    else { return nil }
    return text.lowercased()
  }
}

extension HubListing {
  /// The files that Firn reads beside weights: what describes the model, its tokenizer and its
  /// sentence-transformers modules.
  var descriptions: [File] {
    files.filter { file in
      Self.described.contains(file.name)
        || file.name.wholeMatch(of: /[0-9]+_[A-Za-z]+\/config\.json/) != nil
    }
  }

  private static let described: Set = [
    "config.json", "generation_config.json", "config_sentence_transformers.json",
    "sentence_bert_config.json", "modules.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
    "spiece.model", "tokenizer.model", "sentencepiece.bpe.model",
  ]

  /// The weights that Firn opens first: one file, or the index of several.
  var weights: File? {
    let names = ["model.safetensors", "pytorch_model.bin"].flatMap { [$0, $0 + ".index.json"] }
    return names.lazy.compactMap { name in files.first { $0.name == name } }.first
  }
}
