import ArgumentParser
import Retrieval

struct Remove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Removes passages from an index.",
    discussion: """
      All of them or, when an id is not in the index, none.

      EXAMPLE: firn remove wiki 1407 1408
      """)

  @Argument(help: "The index: a name in indexes/, or a path with a slash.")
  var index: IndexPath
  @Argument(help: "Ids of the passages.")
  var ids: [String]
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let line = ProgressLine(quiet: global.quiet)
    try IndexRemoval.remove(ids: ids, path: index.path, progress: line.reportOrStop)
    global.note("\(index.path): passages removed: \(Set(ids).count)")
  }
}
