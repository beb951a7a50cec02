import ArgumentParser

@main
struct Firn: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "firn",
    abstract: "Answers questions from a corpus with a language model that stays frozen.",
    version: "0.1.0", subcommands: [Tune.self])
}

struct Tune: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learns a module on a frozen model.", subcommands: [TuneReader.self])
}
