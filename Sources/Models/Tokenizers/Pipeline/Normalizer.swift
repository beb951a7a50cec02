/// What happens to a text before it is split: `tokenizer.json`'s "normalizer".
indirect enum Normalizer: Sendable {
  case form(UnicodeForm)
  case lowercase
  case stripAccents
  case replace(Pattern, with: [UInt8])
  case prepend([UInt8])
  case strip(left: Bool, right: Bool)
  case bert(BERTNormalizer)
  case characterMap(CharacterMap)
  case neuralTranslation
  case byteLevel
  case sequence([Normalizer])

  func normalize(_ text: inout AlignedText) {
    switch self {
    case .form(let form): text = form.normalize(text)
    case .lowercase: text = text.mappingScalars { $0.appendLowercase($1, from: $2) }
    case .stripAccents:
      text = text.mappingScalars { if !Self.isMark($1) { $0.append($1, from: $2) } }
    case .replace(let pattern, let content):
      var scratch = Pattern.Scratch()
      let matches = pattern.matches(in: text.utf8, text.range, scratch: &scratch)
      text = text.replacing(matches, with: content)
    case .prepend(let prefix): text = text.prepending(prefix)
    case .strip(let left, let right): text = text.stripped(left: left, right: right)
    case .bert(let normalizer): text = normalizer.normalize(text)
    case .characterMap(let map): text = map.normalize(text)
    case .neuralTranslation: text = text.mappingScalars(Self.appendForTranslation)
    case .byteLevel:
      var spelled = AlignedText(capacity: text.count * 2)
      spelled.append(byteSpelled: text, text.range)
      text = spelled
    case .sequence(let normalizers): for normalizer in normalizers { normalizer.normalize(&text) }
    }
  }

  /// Whether a scalar is a combining mark to the reference, whose tables are those of Unicode 9.0.
  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    GeneralCategories.mark.contains(scalar) && scalar.isAssigned(by: 9)
      || 0x1CF2...0x1CF3 ~= scalar.value  // letters today
  }

  /// SentencePiece's "nmt" rules: controls vanish, odd white space becomes a space.
  private static func appendForTranslation(
    _ text: inout AlignedText, _ scalar: Unicode.Scalar, _ origin: Range<Int32>
  ) {
    switch scalar.value {
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: break
    case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
      text.append(" ", from: origin)
    default: text.append(scalar, from: origin)
    }
  }
}

extension AlignedText {
  mutating func appendLowercase(_ scalar: Unicode.Scalar, from origin: Range<Int32>) {
    if scalar.isASCII {
      let isUpper = 0x41...0x5A ~= scalar.value
      append(UInt8(truncatingIfNeeded: scalar.value) + (isUpper ? 0x20 : 0), from: origin)
    } else {
      append(scalar.properties.lowercaseMapping.utf8, from: origin)
    }
  }

  /// The text after a prefix that shares its first scalar's place; an empty text stays empty.
  func prepending(_ prefix: [UInt8]) -> AlignedText {
    guard let first = origins.first else { return self }
    var result = AlignedText(capacity: prefix.count + count)
    result.append(prefix, from: first)
    result.append(self, range)
    return result
  }

  /// The text without white space at its ends.
  func stripped(left: Bool, right: Bool) -> AlignedText {
    var start = 0
    var end = count
    while left, start < end, utf8.scalar(at: start).properties.isWhitespace {
      start = utf8.scalarEnd(after: start)
    }
    while right, start < end, utf8.scalar(before: end).properties.isWhitespace {
      end -= UTF8.width(utf8.scalar(before: end))
    }
    guard end - start < count else { return self }
    var result = AlignedText(capacity: end - start)
    result.append(self, start..<end)
    return result
  }

  /// Appends a part of a text, every byte spelled as a visible character.
  mutating func append(byteSpelled text: AlignedText, _ bytes: Range<Int>) {
    for position in bytes {
      let byte = text.utf8[position]
      if 0x21...0x7E ~= byte {
        append(byte, from: text.origins[position])
      } else {
        append(ByteAlphabet.spelling[Int(byte)], from: text.origins[position])
      }
    }
  }
}
