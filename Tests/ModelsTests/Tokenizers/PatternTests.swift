import Testing

@testable import Models

struct PatternTests {
  private func matches(_ pattern: String, _ text: String) throws -> [String] {
    let utf8 = Array(text.utf8)
    var scratch = Pattern.Scratch()
    return try Pattern(pattern).matches(in: utf8, utf8.indices, scratch: &scratch)
      .map { String(decoding: utf8[$0], as: UTF8.self) }
  }

  @Test(arguments: [
    ("a|ab", "ab", ["a"]), ("(?:a|ab)c", "abc", ["abc"]), ("a{2,3}", "aaaaa", ["aaa", "aa"]),
    ("a+?b", "aab", ["aab"]), ("a*+a", "aaa", []), ("a++b", "aab", ["aab"]),
    (#"\s+(?!\S)|\s+"#, "a   b ", ["  ", " ", " "]), ("(?=b)b|c", "abc", ["b", "c"]),
    (#"\p{Lu}\P{L}"#, "É1é2", ["É1"]), (#"[^\s\p{L}]+"#, "a1! b", ["1!"]),
    ("(?i:'s|k)", "'S'ſ\u{212A}", ["'S", "'ſ", "\u{212A}"]), ("[a-c[x]]+", "abxz", ["abx"]),
    ("^b", "a\nb", ["b"]), ("a$", "a\na", ["a", "a"]), (#"\x41\u0042"#, "AB", ["AB"]),
    ("(?>ab|a)b", "ab", []), ("(?:ab)+", "ababa", ["abab"]), ("(?:ab){2}", "ababab", ["abab"]),
    ("(?:ab)+?c", "ababc", ["ababc"]), (".", "é\n", ["é"]),
  ])
  func matchesAreThoseOfABacktrackingEngine(pattern: String, text: String, expected: [String])
    throws
  {
    #expect(try matches(pattern, text) == expected)
  }

  @Test(arguments: [
    "(a", "a)", "*a", "[a", #"\p{Greek}"#, #"\b"#, "a{3,2}", "(?<=a)b", "(?:a*)*", "[[:alpha:]]",
    "[a&&b]", #"\1"#, "[z-a]",
  ])
  func whatIsNotKnownIsAnError(pattern: String) {
    #expect(throws: PatternError.self) { try Pattern(pattern) }
  }

  @Test func longRunsNeedNeitherStackNorQuadraticTime() throws {
    let text = String(repeating: " ", count: 100_000) + "x"
    #expect(try matches(#"\s*[\r\n]+|\s+(?!\S)|\s+|\S"#, text).count == 3)
  }
}
