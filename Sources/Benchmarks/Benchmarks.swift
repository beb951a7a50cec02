import ArgumentParser

@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times named shapes; medians, and ratios against peers.",
    subcommands: [
      Everything.self, MatMul.self, Encode.self, Rerank.self, Generate.self, Tune.self,
      TuneReader.self, Learn.self, Search.self, Vectors.self, ColdVectors.self, Corpus.self,
      BM25Queries.self, Build.self,
    ],
    defaultSubcommand: Everything.self)
}

struct Everything: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "all", abstract: "Runs what needs no index and no peer.")

  @OptionGroup var report: ReportOptions

  func run() throws {
    var subjects: [any ParsableCommand] = [
      try MatMul.parse(report.arguments), try Encode.parse(report.arguments),
    ]
    for index in subjects.indices { try subjects[index].run() }
  }
}
