import ArgumentParser
import Retrieval

struct Report: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes one page of what experiments found.",
    discussion: """
      The page needs nothing but a browser: tables, curves, errors and every single question with \
      its passages are in the file. Results that asked the same questions are compared.

      EXAMPLE: firn report runs/nq --output report.html
      """)

  @Argument(help: "Folders that firn experiment wrote, or their results.json.")
  var results: [String]
  @Option(
    help: "Passages to show from the top of each ranking; what a reader saw is always shown.")
  var top = 10
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try requirePositive(top, "top")
  }

  func run() throws {
    let files = try results.map(ResultsFile.init)
    var table = PassageTable()
    let line = ProgressLine(quiet: global.quiet)
    let total = files.reduce(0) { $0 + $1.cells.count + Set($1.cells.map(\.run)).count }
    var done = 0
    let sets = try ReportedQuestions.read(files, top: top, table: &table) {
      done += 1
      try line.reportOrStop("files of results", done, of: total)
    }
    let data = ExplorerData(
      sets: sets.map { (questions: $0, labels: SystemLabels($0.systems)) }, table: table)
    let output = try OutputFile(path: output.output)
    try ReportPage(files: files, data: data).write(to: output)
    try output.close()
  }
}
