extension PostProcessor {
  /// - Throws: `TokenizerError` with the key at fault; an unknown kind is one.
  init(_ node: TokenizerNode) throws(TokenizerError) {
    self.init()
    try add(node)
  }

  private mutating func add(_ node: TokenizerNode) throws(TokenizerError) {
    let type = try node.member("type")
    switch try type.string {
    case "ByteLevel": try trim(node)
    case "TemplateProcessing": try addTemplate(node)
    case "BertProcessing": try addFrame(node)
    case "RobertaProcessing":
      try trim(node)
      try addFrame(node)
    case "Sequence": for step in try node.member("processors").elements { try add(step) }
    default: throw type.error("a known post-processor")
    }
  }

  private mutating func trim(_ node: TokenizerNode) throws(TokenizerError) {
    guard try node.flag("trim_offsets", default: true) else { return }
    trimming = Trimming(addsPrefixSpace: try node.flag("add_prefix_space", default: true))
  }

  /// The template for one text; that for two is not used here.
  private mutating func addTemplate(_ node: TokenizerNode) throws(TokenizerError) {
    let special = try node.member("special_tokens")
    let template = try node.member("single")
    var hasText = false
    for piece in try template.elements {
      if let token = piece["SpecialToken"] {
        let id = try token.member("id").string
        for id in try special.member(id).member("ids").elements {
          if hasText { after.append(try id.id) } else { before.append(try id.id) }
        }
      } else if piece["Sequence"] != nil, !hasText {
        hasText = true
      } else {
        throw piece.error("a special token or, once, the text")
      }
    }
    guard hasText else { throw template.error("the text among the special tokens") }
  }

  /// `cls` and `sep`, each a spelling and an id.
  private mutating func addFrame(_ node: TokenizerNode) throws(TokenizerError) {
    for key in ["cls", "sep"] {
      let pair = try node.member(key)
      let elements = try pair.elements
      guard elements.count == 2 else { throw pair.error("a token and its id") }
      if key == "cls" {
        before.append(try elements[1].id)
      } else {
        after.append(try elements[1].id)
      }
    }
  }
}
