import Foundation

/// The Unicode rules of the published scorers, which are written in Python.
///
/// Text is compared scalar by scalar: Swift's own `==` holds a composed and a decomposed letter for
/// equal, where the scorers do not.
enum UnicodeRules {
  /// The white space at which Python's `str.split()` splits: bidirectional class WS, B or S, or
  /// category Zs. U+180E and U+200B are not among it.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0: true
    case 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// What `\w` matches in a Python pattern: letters, numbers and `_`, but no combining marks.
  static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_": return true
      default: return false
      }
    }
    return isLetter(scalar) || scalar.properties.numericType != nil
  }

  /// One of the 32 characters of Python's `string.punctuation`.
  static func isASCIIPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }

  /// A scalar of general category L.
  static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// The canonical decomposition (NFD) of `text`.
  ///
  /// Text that holds only scalars known to be stable is returned as it is; these are ASCII, the
  /// first half of Latin-1 and the usual dashes and quotation marks.
  static func decomposed(_ text: String) -> [Unicode.Scalar] {
    let scalars = Array(text.unicodeScalars)
    let stable = scalars.allSatisfy { $0.value < 0xC0 || (0x2010...0x2027).contains($0.value) }
    return stable ? scalars : Array(text.decomposedStringWithCanonicalMapping.unicodeScalars)
  }

  /// Appends the full lower case of `text` (SpecialCasing.txt, with the context rule for sigma).
  static func appendLowercased(
    _ text: ArraySlice<Unicode.Scalar>, to result: inout [Unicode.Scalar]
  ) {
    for index in text.indices {
      let scalar = text[index]
      switch scalar.value {
      case 0x41...0x5A: result.append(Unicode.Scalar(UInt8(scalar.value + 32)))
      case 0..<0x80: result.append(scalar)
      case 0x3A3: result.append(isFinalSigma(at: index, in: text) ? "\u{3C2}" : "\u{3C3}")
      default: result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
  }

  /// A sigma ends a word when a cased letter precedes it and none follows, with case-ignorable
  /// scalars skipped on both sides.
  private static func isFinalSigma(at index: Int, in text: ArraySlice<Unicode.Scalar>) -> Bool {
    let before = text[..<index].last { !$0.properties.isCaseIgnorable }
    let after = text[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return (before?.properties.isCased ?? false) && !(after?.properties.isCased ?? false)
  }
}

/// Whether `needle` is a contiguous part of `haystack`; the empty needle is part of nothing here.
func contains(_ needle: [Unicode.Scalar], in haystack: [Unicode.Scalar]) -> Bool {
  guard let first = needle.first, needle.count <= haystack.count else { return false }
  for start in 0...(haystack.count - needle.count) where haystack[start] == first {
    var length = 1
    while length < needle.count, haystack[start + length] == needle[length] { length += 1 }
    if length == needle.count { return true }
  }
  return false
}
