import ArgumentParser

@main
struct Firn: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "firn",
    abstract: "Answers questions from a corpus with a language model that stays frozen.",
    version: "0.1.0")
}
