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
    try IndexRemoval.remove(ids: ids, path: index.path) { line.update($0, $1, of: $2) }
    global.note("removed \(Set(ids).count) passages from \(index.path)")
  }
}
