import ArgumentParser
import Foundation
import Native

/// Writes the corpus and the questions that `bm25` is timed with.
struct Corpus: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes passages and questions of seeded, English-like words.",
    discussion: """
      FOLDER then holds corpus.jsonl and questions.jsonl. A passage's id is its number; a smaller \
      corpus is the beginning of a larger one.
      """)

  @Argument(help: "The folder to write to.")
  var folder: String
  @Option(help: "Passages.")
  var passages = 1_000_000
  @Option(help: "Questions.")
  var questions = 500
  @Option(help: "The seed of all randomness.")
  var seed: UInt64 = 1

  private static let articlesPerRound = 4096

  func run() throws {
    let url = URL(filePath: folder)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let model = WordModel()
    var asked: [String] = []
    try replaceFile(at: url.appending(path: "corpus.jsonl").path) { file in
      var written = 0
      var first = 0
      while written < passages {
        let start = first
        let articles = Parallel.map(Self.articlesPerRound) { index in
          model.article(start + index, seed: seed).map { (words: $0, text: text(of: $0)) }
        }
        first += Self.articlesPerRound
        var lines: [UInt8] = []
        for passage in articles.joined().prefix(passages - written) {
          lines += #"{"id":\#(written),"text":"\#(passage.text)"}"#.utf8
          lines.append(0x0A)
          // As many questions as asked for, evenly over all passages.
          if written * questions / passages != (written + 1) * questions / passages {
            let question = model.question(about: passage.words, number: asked.count, seed: seed)
            asked.append(
              #"{"id":\#(asked.count),"question":"\#(question)","passage":\#(written)}"#)
          }
          written += 1
        }
        try file.write(lines)
      }
    }
    try replaceFile(at: url.appending(path: "questions.jsonl").path) { file in
      try file.write(Array((asked.joined(separator: "\n") + "\n").utf8))
    }
  }

  /// Sentences of 8 to 29 words.
  private func text(of words: [Int]) -> String {
    var text = ""
    var end = 0
    for (place, rank) in words.enumerated() {
      let word = Spelling.word(rank)
      if place < end {
        text += " " + word
      } else {
        // Lengths of sentences need not be random, only uneven.
        end = place + 8 + (words.count + 7 * place) % 22
        text += (place == 0 ? "" : ". ") + word.prefix(1).uppercased() + word.dropFirst()
      }
    }
    return text + "."
  }
}
