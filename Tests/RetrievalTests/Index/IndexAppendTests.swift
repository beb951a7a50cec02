import Foundation
import Retrieval
import Testing

struct IndexAppendTests {
  @Test func appendingEqualsBuildingAtOnce() throws {
    let passages = Toy.passages(21)
    let index = TemporaryIndex()
    try index.build(Array(passages.prefix(8)), settings: Toy.settings, encoder: Toy.encode)
    let rest = Array(passages.dropFirst(8))
    // Interrupted after the passages are in, then finished.
    #expect(throws: Interruption.self) {
      try index.build(rest, settings: Toy.settings, append: true) { _ in throw Interruption() }
    }
    #expect(try index.open().count == 8)
    let other = error { try index.build(passages, settings: Toy.settings, encoder: Toy.encode) }
    #expect(other?.kind == .unfinished)
    try index.build(rest, settings: Toy.settings, append: true, encoder: Toy.encode)
    let whole = TemporaryIndex()
    try whole.build(passages, settings: Toy.settings, encoder: Toy.encode)
    try IndexComparison(queries: ["text number", "7"]).expectEqual(index.open(), whole.open())
    #expect(try index.content.vectors == whole.content.vectors)
  }

  @Test func failedAppendLeavesTheIndexAsItWas() throws {
    let index = TemporaryIndex()
    try index.build(Toy.passages(5))
    let before = try index.content
    let new = Passage(id: "new", title: "", text: "new")
    let duplicate = error { try index.build([new, Toy.passages(3)[2]], append: true) }
    #expect(duplicate?.what == "record 2 has the id “p2” of a passage of the index")
    #expect(try index.content == before)
  }

  /// As after a kill between the last step of the append and its message.
  @Test func anAppendGivenAgainIsThereAlready() throws {
    let index = TemporaryIndex()
    let passages = Toy.passages(12)
    try index.build(Array(passages.prefix(5)), settings: Toy.settings, encoder: Toy.encode)
    let rest = Array(passages.dropFirst(5))
    try index.build(rest, settings: Toy.settings, append: true, encoder: Toy.encode)
    let before = try index.content
    // The last passages, also those of two corpora, and all of them.
    for again in [rest, Array(rest.suffix(2)), passages] {
      let outcome = try index.build(again, settings: Toy.settings, append: true) { _ in
        throw Interruption()
      }
      #expect(outcome == .alreadyComplete)
    }
    #expect(try index.content == before)
    #expect(try index.files == ["index.sqlite", "vectors.bin"])
  }

  @Test func anAppendThatIsThereInPartIsRefused() throws {
    let index = TemporaryIndex()
    let passages = Toy.passages(9)
    try index.build(passages)
    let before = try index.content
    let last = Array(passages.suffix(4))
    var changed = last
    changed[2].text += "."
    let new = Passage(id: "new", title: "", text: "new")
    let corpora: [[Passage]] = [
      last.dropLast(), last + [new], changed, last.filter { $0.id != "p6" }, last.reversed(),
    ]
    let refused = corpora.map { corpus in error { try index.build(corpus, append: true) } }
    #expect(refused.allSatisfy { $0?.kind == .mismatch })
    #expect(refused.allSatisfy { $0?.hint?.contains("must end with the whole corpus") == true })
    #expect(refused[0]?.expected == "4 records" && refused[0]?.found == "3")
    #expect(refused[1]?.expected == "4 records" && refused[1]?.found == "at least 5")
    #expect(refused[2]?.what.contains("record 3") == true)
    #expect(try index.content == before)
    // Its first passage is gone, so it begins behind the index's end.
    try IndexRemoval.remove(ids: ["p5"], path: index.path)
    let second = error { try index.build(last, append: true) }
    #expect(second?.what == "record 2 has the id “p6” of a passage of the index")
  }

  private func settings(_ matrix: NumPyMatrix) -> IndexSettings {
    var settings = Toy.settings
    settings.encoder?.matrix = matrix.checksum()
    return settings
  }

  @Test func vectorsOfOneModelGoTogetherWhereverTheyWereMade() throws {
    let passages = Toy.passages(17)
    let parts = [passages[..<6], passages[6..<11], passages[11...]].map { Array($0) }
    let matrices = try parts.map { try Toy.matrix($0) }
    let (index, whole) = (TemporaryIndex(), TemporaryIndex())
    try index.build(parts[0], settings: settings(matrices[0]), matrix: matrices[0])
    try index.build(parts[1], settings: Toy.settings, append: true, encoder: Toy.encode)
    try index.build(
      parts[2], settings: settings(matrices[2]), append: true, matrix: matrices[2])
    try whole.build(passages, settings: Toy.settings, encoder: Toy.encode)
    #expect(try index.content.vectors == whole.content.vectors)
    #expect(try index.open().info.settings == settings(matrices[0]))
    #expect(try index.open().verify().allSatisfy { $0.problem == nil })
  }

  @Test func anotherModelIsRefusedAndToldWhatToGive() throws {
    let matrix = try Toy.matrix(Toy.passages(4))
    let index = TemporaryIndex()
    try index.build(Toy.passages(4), settings: settings(matrix), matrix: matrix)
    var other = Toy.settings
    other.encoder?.checksum = "01"
    let refused = error {
      try index.build(
        [Passage(id: "new", title: "", text: "new")], settings: other, append: true,
        encoder: Toy.encode)
    }
    #expect(refused?.hint?.contains("--vectors-from") == true)
    #expect(try index.open().count == 4)
  }

  @Test func anInterruptedAppendGoesOnWithItsMatrixAlone() throws {
    let passages = Toy.passages(20)
    let rest = Array(passages.dropFirst(5))
    let matrix = try Toy.matrix(rest)
    let index = TemporaryIndex()
    try index.build(Array(passages.prefix(5)), settings: Toy.settings, encoder: Toy.encode)
    #expect(throws: Interruption.self) {
      try index.build(rest, settings: settings(matrix), append: true, matrix: matrix) {
        phase, done, _ in
        if phase == "vectors", done > 8 { throw Interruption() }
      }
    }
    let other = error {
      try index.build(rest, settings: Toy.settings, append: true, encoder: Toy.encode)
    }
    #expect(other?.kind == .mismatch && other?.found == matrix.checksum())
    try index.build(rest, settings: settings(matrix), append: true, matrix: matrix)
    let whole = TemporaryIndex()
    try whole.build(passages, settings: Toy.settings, encoder: Toy.encode)
    #expect(try index.content.vectors == whole.content.vectors)
  }
}
