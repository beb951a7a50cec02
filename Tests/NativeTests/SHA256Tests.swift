import Native
import Testing

struct SHA256Tests {
  /// The examples of FIPS 180-4: no bytes, and "abc".
  @Test func checksumsAreThoseOfTheStandard() {
    var hash = SHA256()
    #expect(
      hash.finished() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    let bytes = Array("abc".utf8)
    hash.update(bytes.span.bytes)
    #expect(
      hash.finished() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func textsAreSeparatedByTheirLengths() {
    var first = SHA256()
    first.update("ab")
    first.update("c")
    var second = SHA256()
    second.update("a")
    second.update("bc")
    #expect(first.finished() != second.finished())
  }
}
