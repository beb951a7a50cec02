import Native
import Testing

struct StemmerTests {
  /// Pairs from Porter's paper, one per step.
  @Test(arguments: [
    ("caresses", "caress"), ("ponies", "poni"), ("agreed", "agre"), ("plastered", "plaster"),
    ("hopping", "hop"), ("happy", "happi"), ("relational", "relat"), ("formalize", "formal"),
    ("adjustable", "adjust"), ("probate", "probat"), ("controll", "control"), ("sky", "sky"),
    ("a", "a"), ("", ""), ("straße", "straße"),
  ])
  func wordsReduceToPortersStems(word: String, stem: String) {
    let stemmer = Stemmer(.porter)
    var bytes = Array(word.utf8)
    stemmer.stem(&bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == stem)
  }
}
