import Native
import Retrieval
import Testing

struct LanguageTests {
  @Test(arguments: [
    (Analyzer.german, "Die Häuser der alten Städte", ["haus", "alt", "stadt"]),
    (.french, "L'avion d’Amélie et jusqu'aux élèves", ["avion", "amel", "élev"]),
    (.spanish, "Las canciones de los niños", ["cancion", "niñ"]),
    (.italian, "L'amico dell'università", ["amic", "univers"]),
    (.russian, "Книги и книгами", ["книг", "книг"]),
    (.swedish, "Flickorna och flicka", ["flick", "flick"]),
    (.turkish, "KITAPLAR IŞIK", ["kıtap", "ışık"]),
    (.finnish, "talossa ja taloissa", ["talo", "talo"]),
  ])
  func wordsOfALanguageAreStemmedWithoutItsStopWords(
    analyzer: Analyzer, text: String, terms: [String]
  ) {
    #expect(analyzer.terms(in: text) == terms)
  }

  @Test func decomposedTextGivesTheTermsOfComposedText() {
    let terms = Analyzer.french.terms(in: "e\u{301}le\u{300}ves")
    #expect(terms == Analyzer.french.terms(in: "élèves"))
  }

  @Test func sigmaIsOneLetterWhereverItStands() {
    let small = Analyzer.greek.terms(in: "της θάλασσας")
    #expect(small.count == 1 && small == Analyzer.greek.terms(in: "ΤΗΣ ΘΆΛΑΣΣΑΣ"))
  }

  @Test(arguments: [
    ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
    ("中 国", ["中", "国"]),
    ("한국어", ["한국", "국어"]),
    ("ひらがなの", ["ひら", "らが", "がな", "なの"]),
    ("ＡＢＣ社 and ﾃｽﾄ", ["abc", "社", "テス", "スト"]),
    ("か\u{3099}く", ["がく"]),
    ("iPhoneを買う。本", ["iphone", "を買", "買う", "本"]),
  ])
  func neighboursOfUnspacedScriptsArePairs(text: String, terms: [String]) {
    #expect(Analyzer.cjk.terms(in: text) == terms)
  }

  /// A stop word that the analyzer would never produce, or would split, was misspelt.
  @Test(arguments: Analyzer.allCases) func stopWordsLeaveNothing(analyzer: Analyzer) {
    for word in StopWords.of(analyzer) {
      #expect(analyzer.terms(in: word).isEmpty, "\(analyzer): \(word)")
    }
  }

  @Test func everyLanguageHasAStemmerAndStopWords() {
    for analyzer in Analyzer.allCases where ![.standard, .whitespace, .cjk].contains(analyzer) {
      #expect(analyzer.isAvailable && analyzer.stemmer != nil)
      #expect(StopWords.of(analyzer).count > 20)
    }
    #expect(Set(Analyzer.allCases.compactMap(\.stemmer)) == Set(Stemmer.Algorithm.allCases))
  }

  @Test func queriesGoTheWayOfTheIndex() throws {
    let index = TemporaryIndex()
    let passages = [
      Passage(id: "a", title: "", text: "Das Haus am See"),
      Passage(id: "b", title: "", text: "Der Garten"),
    ]
    try index.build(passages, settings: IndexSettings(analyzer: .german))
    let open = try index.open()
    #expect(open.info.settings.analyzer == .german)
    #expect(try open.bm25("Häuser", top: 5).map(\.row) == [0])
    #expect(try open.bm25("der das am", top: 5).isEmpty)
  }
}
