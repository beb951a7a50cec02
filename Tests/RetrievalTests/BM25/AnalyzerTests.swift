import Retrieval
import Testing

struct AnalyzerTests {
  @Test(arguments: [
    ("The quick brown foxes jumped", ["quick", "brown", "fox", "jump"]),
    ("O'Neill's dogs’ master’s", ["o'neil", "dog", "master"]),
    ("U.S.A. in 1,234.5 B.C.", ["u.s.a", "1,234.5", "b.c"]),
    ("state-of-the-art", ["state", "art"]),
    ("Ünïcode STRASSE Ωμέγα", ["ünïcode", "strass", "ωμέγα"]),
    ("e\u{301}te\u{301} na\u{00EF}ve", ["e\u{301}te\u{301}", "naïv"]),
    ("snake_case __init__ ___", ["snake_cas", "__init__"]),
    ("wi-fi 802.11ac 3D", ["wi", "fi", "802.11ac", "3d"]),
    ("東京 ひら カタカナ 한국어", ["東", "京", "ひ", "ら", "カタカナ", "한국어"]),
    ("", []), ("  ...  ", []), ("to be or not to be", []),
    ("it's Sam's 's", ["sam", "s"]),
    ("end. Next,word a,b 1,b", ["end", "next", "word", "b", "1", "b"]),
    ("mail@example.com http://x.org", ["mail", "example.com", "http", "x.org"]),
  ])
  func englishChainYields(text: String, terms: [String]) {
    #expect(Analyzer.english.terms(in: text) == terms)
  }

  @Test func standardKeepsStopWordsAndEndings() {
    #expect(Analyzer.standard.terms(in: "The Dog's running") == ["the", "dog's", "running"])
  }

  @Test func whitespaceChangesNothing() {
    #expect(Analyzer.whitespace.terms(in: " A-b\t's \nC. ") == ["A-b", "'s", "C."])
  }

  @Test func wordsAreCutAfter255Scalars() {
    let text = String(repeating: "é", count: 300)
    #expect(Analyzer.standard.terms(in: text).map(\.count) == [255, 45])
    let dotted = Array(repeating: "ab", count: 200).joined(separator: ".")
    #expect(Analyzer.standard.terms(in: dotted).allSatisfy { $0.count <= 255 })
  }

  @Test func oneStreamServesManyTexts() {
    let stream = TermStream(.english)
    var terms: [String] = []
    for text in ["half.", "half"] { stream.forEachTerm(in: text) { terms.append($0) } }
    #expect(terms == ["half", "half"])
  }
}
