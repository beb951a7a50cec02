import ArgumentParser
import Foundation
import Retrieval

struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the vectors of an index as a NumPy matrix.",
    discussion: """
      Row i is passage i of the index, float32 whatever the storage; numpy.load reads it, faiss \
      takes it, and firn index --vectors-from brings it back.

      EXAMPLE: firn export wiki --vectors wiki.npy --ids wiki.ids.txt
      """)

  @Argument(help: "The index: a name in indexes/, or a path with a slash.")
  var index: IndexPath
  @Option(help: ArgumentHelp("The matrix that is written.", valueName: "file.npy"))
  var vectors: String
  @Option(help: ArgumentHelp("The passages' ids, one a line, are written too.", valueName: "file"))
  var ids: String?
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let index = try PassageIndex(path: index.path)
    let line = ProgressLine(quiet: global.quiet)
    try index.exportVectors(to: vectors) { done in
      try Interruption.check()
      line.update("vectors", done, of: index.count)
    }
    guard let ids else { return }
    let file = try OutputFile(path: ids)
    for first in stride(from: 0, to: index.count, by: 4096) {
      try Interruption.check()
      let passages = try index.passages(rows: Array(first..<min(first + 4096, index.count)))
      try file.write(passages.map { $0.id + "\n" }.joined())
    }
    try file.close()
  }
}
