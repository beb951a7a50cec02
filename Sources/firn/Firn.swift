import ArgumentParser
import Native

@main
struct Firn: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "firn",
    abstract: "Answers questions from a corpus with a language model that stays frozen.",
    discussion: """
      firn index corpora/starter/passages.jsonl --index starter
      firn search "who wrote the odyssey" --index starter
      """,
    version: version,
    subcommands: [
      Index.self, Info.self, Verify.self, Remove.self, Search.self, Retrieve.self, Ask.self,
      Answer.self, Experiment.self, Evaluate.self, Report.self, Convert.self, Export.self,
      Tune.self, Model.self,
    ])

  static func main() async {
    keepFreedMemory()
    Interruption.install()
    do {
      let arguments = try ConfigurationFile.expand(Array(CommandLine.arguments.dropFirst()))
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      ExitStatus.exit(for: error)
    }
  }
}

struct Tune: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learns a module on a frozen model.",
    subcommands: [
      TuneReader.self, TuneReranker.self, TunePrompt.self, TuneIDPT.self, TuneTemplate.self,
      TuneAdapter.self, TuneFusion.self, TuneAverage.self, TuneCalibration.self,
    ])
}
