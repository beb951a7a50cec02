/// How tokens become text again: `tokenizer.json`'s "decoder". Tokens are bytes, since Swift's
/// strings would join a mark with the letter before it.
indirect enum TokenDecoder: Sendable {
  case byteLevel
  case metaspace(Unicode.Scalar, PreTokenizer.PrependScheme)
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  case byteFallback
  case fuse
  case strip(Unicode.Scalar, start: Int, stop: Int)
  case replace(Pattern, with: [UInt8])
  case sequence([TokenDecoder])

  func apply(to tokens: inout [[UInt8]]) {
    switch self {
    case .byteLevel: tokens = [tokens.flatMap(Self.bytes).repaired]
    case .metaspace(let mark, let scheme):
      for index in tokens.indices {
        let drops = index == 0 && scheme != .never
        tokens[index].replace(Array(mark.utf8), with: drops ? [] : [UInt8(ascii: " ")])
      }
    case .wordPiece(let prefix, let cleansUp):
      for index in tokens.indices {
        if index > 0 {
          if tokens[index].starts(with: prefix) {
            tokens[index].removeFirst(prefix.count)
          } else {
            tokens[index].insert(UInt8(ascii: " "), at: 0)
          }
        }
        if cleansUp { Self.cleanUp(&tokens[index]) }
      }
    case .byteFallback: tokens = Self.joiningBytes(tokens)
    case .fuse: tokens = [tokens.flatMap(\.self)]
    case .strip(let content, let start, let stop):
      for index in tokens.indices { tokens[index].strip(content, start: start, stop: stop) }
    case .replace(let pattern, let content):
      var scratch = Pattern.Scratch()
      for index in tokens.indices {
        let token = tokens[index]
        let matches = pattern.matches(in: token, token.indices, scratch: &scratch)
        tokens[index].replace(matches, with: content)
      }
    case .sequence(let steps): for step in steps { step.apply(to: &tokens) }
    }
  }

  /// The bytes that a token spells, or its own where it spells none.
  private static func bytes(_ token: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    var position = 0
    while position < token.count {
      guard let byte = ByteAlphabet.byte(token.scalar(at: position)) else { return token }
      bytes.append(byte)
      position = token.scalarEnd(after: position)
    }
    return bytes
  }

  /// Runs of byte tokens become the text that they spell; where they spell none, each becomes U+FFFD.
  private static func joiningBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var joined: [[UInt8]] = []
    var run: [UInt8] = []
    func flush() {
      if String(validating: run, as: UTF8.self) != nil {
        if !run.isEmpty { joined.append(run) }
      } else {
        joined += [[UInt8]](repeating: Array("\u{FFFD}".utf8), count: run.count)
      }
      run = []
    }
    for token in tokens {
      if let byte = ByteFallback.byte(String(decoding: token, as: UTF8.self)) {
        run.append(byte)
      } else {
        flush()
        joined.append(token)
      }
    }
    flush()
    return joined
  }

  /// Takes out the spaces that tokenization left before punctuation and English contractions.
  private static func cleanUp(_ token: inout [UInt8]) {
    guard token.contains(UInt8(ascii: " ")) else { return }
    for (old, new) in cleanUps { token.replace(old, with: new) }
  }

  private static let cleanUps: [(old: [UInt8], new: [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }
}

extension [UInt8] {
  /// Well-formed UTF-8, with U+FFFD for what is not.
  fileprivate var repaired: [UInt8] { Array(String(decoding: self, as: UTF8.self).utf8) }

  /// Puts `new` in the place of every `old`, from the left.
  fileprivate mutating func replace(_ old: [UInt8], with new: [UInt8]) {
    guard let first = old.first, contains(first) else { return }
    var matches: [Range<Int>] = []
    var position = 0
    while position + old.count <= count {
      if self[position] == first, self[position..<position + old.count].elementsEqual(old) {
        matches.append(position..<position + old.count)
        position += old.count
      } else {
        position += 1
      }
    }
    replace(matches, with: new)
  }

  fileprivate mutating func replace(_ matches: [Range<Int>], with new: [UInt8]) {
    guard !matches.isEmpty else { return }
    var result: [UInt8] = []
    var end = 0
    for match in matches {
      result += self[end..<match.lowerBound]
      result += new
      end = match.upperBound
    }
    self = result + self[end...]
  }

  /// Takes away a scalar at the beginning and at the end, so many times at most.
  fileprivate mutating func strip(_ scalar: Unicode.Scalar, start: Int, stop: Int) {
    let content = [UInt8](scalar.utf8)
    var (first, last) = (0, count)
    for _ in 0..<start where self[first..<last].starts(with: content) { first += content.count }
    for _ in 0..<stop where self[first..<last].reversed().starts(with: content.reversed()) {
      last -= content.count
    }
    self = Array(self[first..<last])
  }
}
