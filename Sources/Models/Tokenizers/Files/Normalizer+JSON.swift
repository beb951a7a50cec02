import Foundation

extension Normalizer {
  /// - Throws: `TokenizerError` with the key at fault; an unknown kind is one.
  init(_ node: TokenizerNode) throws(TokenizerError) {
    let type = try node.member("type")
    switch try type.string {
    case "NFC", "NFD", "NFKC", "NFKD":
      self = .form(
        try node.choice(
          "type", of: [.composed, .decomposed, .compatiblyComposed, .compatiblyDecomposed]))
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "Replace":
      self = .replace(try node.member("pattern").pattern, with: try node.member("content").utf8)
    case "Prepend": self = .prepend(try node.member("prepend").utf8)
    case "Strip":
      self = .strip(
        left: try node.flag("strip_left", default: false),
        right: try node.flag("strip_right", default: false))
    case "BertNormalizer":
      let lowercases = try node.flag("lowercase", default: true)
      self = .bert(
        BERTNormalizer(
          cleansText: try node.flag("clean_text", default: true),
          isolatesChinese: try node.flag("handle_chinese_chars", default: true),
          stripsAccents: try node.flag("strip_accents", default: lowercases),
          lowercases: lowercases))
    case "Precompiled":
      let map = try node.member("precompiled_charsmap")
      guard let data = Data(base64Encoded: try map.string),
        let characterMap = CharacterMap([UInt8](data))
      else { throw map.error("a character map in Base64") }
      self = .characterMap(characterMap)
    case "Nmt": self = .neuralTranslation
    case "ByteLevel": self = .byteLevel
    case "Sequence":
      var steps: [Normalizer] = []
      for step in try node.member("normalizers").elements { steps.append(try Normalizer(step)) }
      self = .sequence(steps)
    default: throw type.error("a known normalizer")
    }
  }
}
