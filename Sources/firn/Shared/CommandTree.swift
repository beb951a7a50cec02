import ArgumentParser
import Foundation
import Yams

/// The commands and the options that each takes, as the argument parser describes itself.
struct CommandTree: Decodable {
  private let commandName: String
  private let subcommands: [CommandTree]?
  private let arguments: [CommandOption]?

  private struct Document: Decodable { let command: CommandTree }

  init(_ command: any ParsableCommand.Type) throws {
    let description = Data(command._dumpHelp().utf8)
    self = try JSONDecoder().decode(Document.self, from: description).command
  }

  var name: String { commandName }
  var title: String { commandName == "firn" ? "any command" : "firn \(commandName)" }

  func subcommand(_ name: String) -> CommandTree? {
    subcommands?.first { $0.commandName == name }
  }

  /// This command and those below it that the words name.
  func path(_ words: some Collection<String>) -> [CommandTree] {
    guard let word = words.first, let below = subcommand(word) else { return [self] }
    return [self] + below.path(words.dropFirst())
  }

  /// Whether this command or one below it has an option of this name.
  func knows(_ name: String) -> Bool {
    option(name) != nil || (subcommands ?? []).contains { $0.knows(name) }
  }

  /// The option with this long name that a file may set.
  func option(_ name: String) -> CommandOption? {
    if ["help", "version", "config"].contains(name) { return nil }
    return arguments?.first { $0.spellings.contains("--\(name)") }
  }
}

/// An option or a flag of a command.
struct CommandOption: Decodable {
  private struct Name: Decodable {
    let kind: String
    let name: String
  }
  private let kind: String
  private let isRepeating: Bool
  private let names: [Name]?

  /// As users type them: `--top`, `-q`.
  var spellings: [String] {
    (names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name }
  }

  /// The arguments that set it. A list repeats an option that can be repeated and is otherwise
  /// joined with commas; a flag is there when its value is true.
  func arguments(_ node: Node) -> [String] {
    guard let long = spellings.first(where: { $0.hasPrefix("--") }) else { return [] }
    if kind == "flag" { return node.bool == false ? [] : [long] }
    let values = node.sequence?.compactMap(\.string) ?? [node.string ?? ""]
    if isRepeating { return values.map { "\(long)=\($0)" } }
    return ["\(long)=\(values.joined(separator: ","))"]
  }
}
