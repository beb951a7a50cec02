extension PreTokenizer {
  /// - Throws: `TokenizerError` with the key at fault; an unknown kind is one.
  init(_ node: TokenizerNode) throws(TokenizerError) {
    let type = try node.member("type")
    switch try type.string {
    case "ByteLevel":
      self = .byteLevel(
        addsPrefixSpace: try node.flag("add_prefix_space", default: true),
        splits: try node.flag("use_regex", default: true))
    case "Split":
      self = .split(
        try node.member("pattern").pattern, try node.behavior(),
        isInverted: try node.flag("invert", default: false))
    case "Digits":
      self = .digits(areIndividual: try node.flag("individual_digits", default: false))
    case "Metaspace":
      self = .metaspace(
        try node.member("replacement").scalar, try node.prependScheme(),
        splits: try node.flag("split", default: true))
    case "Whitespace": self = .whitespace
    case "WhitespaceSplit": self = .whitespaceSplit
    case "Punctuation": self = .punctuation(try node.behavior(default: .isolated))
    case "BertPreTokenizer": self = .bert
    case "CharDelimiterSplit":
      let delimiter = ScalarClass(scalars: [try node.member("delimiter").scalar])
      self = .split(Pattern("delimiter", [delimiter]), .removed, isInverted: false)
    case "Sequence":
      var steps: [PreTokenizer] = []
      for step in try node.member("pretokenizers").elements { steps.append(try PreTokenizer(step)) }
      self = .sequence(steps)
    default: throw type.error("a known pre-tokenizer")
    }
  }
}

extension TokenizerNode {
  fileprivate func behavior(
    default value: SplitBehavior? = nil
  ) throws(TokenizerError) -> SplitBehavior {
    try choice(
      "behavior", of: [.removed, .isolated, .mergedWithPrevious, .mergedWithNext, .contiguous],
      default: value)
  }

  /// The scheme, or what older files say by `add_prefix_space`.
  func prependScheme() throws(TokenizerError) -> PreTokenizer.PrependScheme {
    let scheme: PreTokenizer.PrependScheme = try choice(
      "prepend_scheme", of: [.first, .always, .never], default: .always)
    return try flag("add_prefix_space", default: true) ? scheme : .never
  }
}
