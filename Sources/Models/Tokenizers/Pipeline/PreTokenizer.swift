/// How a normalized text is split before the model sees it: `tokenizer.json`'s "pre_tokenizer".
indirect enum PreTokenizer: Sendable {
  /// When Metaspace puts a mark before a part that has none.
  enum PrependScheme: String, Sendable { case first, always, never }

  case split(Pattern, SplitBehavior, isInverted: Bool)
  case punctuation(SplitBehavior)
  case bert
  case byteLevel(addsPrefixSpace: Bool, splits: Bool)
  case metaspace(Unicode.Scalar, PrependScheme, splits: Bool)
  case sequence([PreTokenizer])

  func apply(to tokens: inout PreTokens) {
    switch self {
    case .split(let pattern, let behavior, let isInverted):
      tokens.split(at: pattern, behavior, isInverted: isInverted)
    case .punctuation(let behavior):
      tokens.split(at: BERTNormalizer.isPunctuation, behavior)
    case .bert:
      tokens.split(at: \.properties.isWhitespace, .removed)
      tokens.split(at: BERTNormalizer.isPunctuation, .isolated)
    case .byteLevel(let addsPrefixSpace, let splits):
      if addsPrefixSpace { tokens.prepend([UInt8(ascii: " ")]) }
      if splits { tokens.split(at: Self.words, .isolated) }
      tokens.rewrite { text, part, result in result.append(byteSpelled: text, part) }
    case .metaspace(let mark, let scheme, let splits):
      applyMetaspace(to: &tokens, mark: mark, scheme, splits: splits)
    case .sequence(let steps): for step in steps { step.apply(to: &tokens) }
    }
  }

  private func applyMetaspace(
    to tokens: inout PreTokens, mark: Unicode.Scalar, _ scheme: PrependScheme, splits: Bool
  ) {
    let spelling = Array(mark.utf8)
    tokens.rewrite { text, part, result in
      for position in part {
        if text.utf8[position] == UInt8(ascii: " ") {
          result.append(spelling, from: text.origins[position])
        } else {
          result.append(text.utf8[position], from: text.origins[position])
        }
      }
    }
    switch scheme {
    case .always: tokens.prepend(spelling)
    case .first: tokens.prepend(spelling) { $0.lowerBound == 0 }
    case .never: break
    }
    if splits { tokens.split(at: { $0 == mark }, .mergedWithNext) }
  }

  /// - Source: Radford et al. 2019, the expression published with GPT-2.
  private static let words = known {
    try Pattern(
      #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#)
  }

  /// Qwen 2 and 3: every digit alone, contractions in either case.
  static let qwen = PreTokenizer.sequence([
    .split(
      known {
        try Pattern(
          #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
            + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#)
      }, .isolated, isInverted: false),
    .byteLevel(addsPrefixSpace: false, splits: false),
  ])

  /// Words, runs of other visible characters, and nothing of the white space between them.
  static let whitespace = PreTokenizer.split(
    known {
      let symbols = ScalarClass([.nested(.broadWord), .nested(.whiteSpace)], isNegated: true)
      let runs = [.broadWord, symbols].map {
        PatternNode.repeated(.scalars($0), min: 1, max: nil, .greedy)
      }
      return try Pattern("words and symbols", .alternatives(runs))
    }, .removed, isInverted: true)

  static let whitespaceSplit = PreTokenizer.split(
    Pattern("white space", [.whiteSpace]), .removed, isInverted: false)

  static func digits(areIndividual: Bool) -> PreTokenizer {
    .split(
      Pattern("digits", [ScalarClass(categories: .number)]),
      areIndividual ? .isolated : .contiguous, isInverted: false)
  }

  /// A pattern that is written down here, and so is in order.
  private static func known(_ pattern: () throws -> Pattern) -> Pattern {
    do {
      return try pattern()
    } catch {
      preconditionFailure("expected a pattern in order, found \(error)")
    }
  }
}
