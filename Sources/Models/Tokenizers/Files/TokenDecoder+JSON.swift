extension TokenDecoder {
  /// - Throws: `TokenizerError` with the key at fault; an unknown kind is one.
  init(_ node: TokenizerNode) throws(TokenizerError) {
    let type = try node.member("type")
    switch try type.string {
    case "ByteLevel": self = .byteLevel
    case "Metaspace":
      self = .metaspace(try node.member("replacement").scalar, try node.prependScheme())
    case "WordPiece":
      self = .wordPiece(
        prefix: try node.member("prefix").utf8, cleansUp: try node.flag("cleanup", default: true))
    case "ByteFallback": self = .byteFallback
    case "Fuse": self = .fuse
    case "Strip":
      self = .strip(
        try node.member("content").scalar, start: try node.member("start").count,
        stop: try node.member("stop").count)
    case "Replace":
      self = .replace(try node.member("pattern").pattern, with: try node.member("content").utf8)
    case "Sequence":
      var steps: [TokenDecoder] = []
      for step in try node.member("decoders").elements { steps.append(try TokenDecoder(step)) }
      self = .sequence(steps)
    default: throw type.error("a known decoder")
    }
  }
}
