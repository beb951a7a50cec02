import ArgumentParser
import Foundation
import Retrieval

struct Index: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Builds an index from a corpus, or goes on with one that was interrupted.",
    discussion: """
      A corpus is files, folders or - for standard input; .gz is read as it is. Records are \
      JSON Lines with id, title and text, or one of the other formats.

      EXAMPLE: firn index wiki.jsonl.gz --index wiki --encoder minilm
      """)

  @Argument(help: "Files, folders, or - for standard input.")
  var corpus: [String]
  @Option(name: .shortAndLong, help: "The index: a name in indexes/, or a path with a slash.")
  var index: IndexPath
  @Option(help: "Format of the corpus.")
  var format = CorpusFormat.auto
  @OptionGroup(title: "Encoder") var encoding: EncoderOptions
  @Option(help: "BM25: how fast repetitions of a term stop counting.")
  var k1 = 0.9
  @Option(help: "BM25: how much longer passages are held back, 0 to 1.")
  var b = 0.4
  @Option(help: "How text becomes terms.")
  var analyzer = Analyzer.english
  @Option(
    help: "How vectors are stored; int8 keeps a second byte of each number for exact scores.")
  var vectors = VectorStorage.float32
  @Option(help: "About how many words a passage of plain text gets.")
  var words = 100
  @Option(help: "About how many words such a passage repeats of the one before it.")
  var overlap = 0
  @Option(
    help: ArgumentHelp(
      "Memory that analysis may use, about; what does not fit goes to the disk.",
      valueName: "bytes"))
  var memory = MemorySize(bytes: IndexBuilder.usualMemory)
  @Flag(help: "Put the corpus behind what the index holds.")
  var append = false
  @Flag(help: "Leave out bad records and count them.")
  var skipBad = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try requirePositive(words, "words")
    guard (0..<words).contains(overlap) else {
      throw ValidationError("--overlap: expected 0 or more and below --words, found \(overlap)")
    }
    guard analyzer.isAvailable else {
      throw ValidationError("--analyzer: the installed libstemmer knows no \(analyzer)")
    }
    guard k1 >= 0, k1.isFinite else {
      throw ValidationError("--k1: expected 0 or more, found \(k1)")
    }
    guard (0...1).contains(b) else {
      throw ValidationError("--b: expected a number in 0...1, found \(b)")
    }
  }

  func run() throws {
    let began = Date()
    let reader = CorpusReader(
      paths: corpus, format: format, words: words, overlap: overlap, skipBad: skipBad)
    let outcome = try builder().build(append: append) { body in
      try reader.forEachPassage { passage in
        try Interruption.check()
        try body(passage)
      }
    }
    if let first = reader.firstSkipped {
      global.note("left out \(reader.skipped) bad records; the first: \(first)")
    }
    let time = ProgressLine.time(Date().timeIntervalSince(began))
    switch outcome {
    case .built: global.note("\(index.path) is complete (\(time))")
    case .alreadyComplete: global.note("\(index.path) held this corpus already")
    }
  }

  private func builder() throws -> IndexBuilder {
    var settings = IndexSettings(analyzer: analyzer, bm25: BM25Parameters(k1: k1, b: b))
    let progress = ProgressLine(quiet: global.quiet).reportOrStop
    guard let source = try encoding.source() else {
      return IndexBuilder(
        path: index.path, settings: settings, memory: memory.bytes, progress: progress)
    }
    settings.encoder = source.description
    settings.vectors = vectors
    return IndexBuilder(
      path: index.path, settings: settings, encoder: source.encoder, matrix: source.matrix,
      memory: memory.bytes, progress: progress)
  }
}
