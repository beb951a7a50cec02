import Native

/// What an analyzer does to words of its language besides cutting, lower case and stop words.
extension Analyzer {
  /// The Snowball algorithm that finds a word's stem.
  package var stemmer: Stemmer.Algorithm? {
    switch self {
    case .standard, .whitespace, .cjk: nil
    // Lucene's English chain has the algorithm of 1980.
    case .english: .porter
    default: Stemmer.Algorithm(rawValue: rawValue)
    }
  }

  /// Whether libstemmer on this computer has the analyzer's algorithm.
  package var isAvailable: Bool { stemmer.map(Stemmer.isAvailable) ?? true }

  /// Whether texts are brought to composed form first, which the rules of most stemmers expect.
  var composes: Bool {
    switch self {
    case .english, .standard, .whitespace, .cjk: false
    default: true
    }
  }

  /// Articles and pronouns that are written before an apostrophe with the word that follows.
  var elisions: Set<String> {
    switch self {
    case .french:
      ["l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"]
    case .italian:
      [
        "l", "un", "d", "c", "m", "t", "s", "v", "dell", "all", "dall", "nell", "sull", "coll",
        "gl", "degl", "agl", "dagl", "negl", "sugl", "quell", "quest",
      ]
    case .catalan: ["l", "d", "m", "t", "s", "n"]
    case .irish: ["d", "m", "b"]
    default: []
    }
  }

  /// The lower-case form of a scalar, where a language has its own.
  func lowercase(_ scalar: Unicode.Scalar) -> String? {
    switch (self, scalar) {
    case (.turkish, "I"): "ı"
    case (.turkish, "İ"): "i"
    // The form at the end of a word is that letter too; texts in capitals do not tell.
    case (.greek, "ς"), (.greek, "Σ"): "σ"
    default: nil
    }
  }
}

extension Unicode.Scalar {
  /// Whether the scalar is of a script that puts no spaces between words, or Hangul: what Lucene's
  /// CJK analyzer indexes by pairs.
  var isOfBigrams: Bool {
    switch value {
    case 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF,
      0xAC00...0xD7A3, 0x1100...0x11FF, 0x3131...0x318E, 0x3005...0x3007:
      true
    case ..<0x2E80: false
    default: properties.isIdeographic
    }
  }
}
