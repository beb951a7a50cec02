import ArgumentParser
import Foundation
import Retrieval
import Yams

/// Options from a YAML file, turned into arguments that stand before the user's own.
///
///     threads: 4
///     index: wiki
///     retrieve:
///       top: 50
///
/// A key is an option's long name. Keys at the top hold for every command that has such an option;
/// keys below a command's name for that command alone, and they win. What is given on the command
/// line wins over both. A key that no command knows is an error.
struct ConfigurationFile {
  private let path: String
  private let root: Node?

  /// The user's arguments, completed by those of the file that `--config` names.
  /// - Throws: `InputError` when the file is missing or malformed or holds an unknown key.
  static func expand(_ arguments: [String]) throws -> [String] {
    guard let path = path(in: arguments) else { return arguments }
    let tree = try CommandTree(Firn.self)
    let words = arguments.prefix { !$0.hasPrefix("-") }
    let commands = tree.path(words)
    guard commands.count > 1, let command = commands.last else { return arguments }
    var values: [String: Node] = [:]
    try ConfigurationFile(path: path).collect(into: &values, along: commands[...])
    let given = Set(
      arguments.prefix { $0 != "--" }.map { String($0.prefix { $0 != "=" }) })
    let added = values.sorted { $0.key < $1.key }.flatMap { key, node -> [String] in
      guard let option = command.option(key), given.isDisjoint(with: option.spellings) else {
        return []
      }
      return option.arguments(node)
    }
    let count = commands.count - 1
    return Array(arguments.prefix(count)) + added + arguments.dropFirst(count)
  }

  private static func path(in arguments: [String]) -> String? {
    let own = arguments.prefix { $0 != "--" }
    if let joined = own.last(where: { $0.hasPrefix("--config=") }) {
      return String(joined.dropFirst("--config=".count))
    }
    return own.lastIndex(of: "--config").flatMap { own.dropFirst($0 + 1).first }
  }

  private init(path: String) throws {
    self.path = path
    root = try YAMLValue.compose(path)
  }

  /// Gathers keys from the top down, so that a command's own ones come last and win.
  private func collect(
    into values: inout [String: Node], along commands: ArraySlice<CommandTree>,
    from node: Node? = nil
  ) throws {
    guard let node = node ?? root, let command = commands.first else { return }
    guard let mapping = node.mapping else {
      throw error(node, expected: "keys and values", found: "something else")
    }
    for (key, value) in mapping {
      let name = key.string ?? ""
      if let below = command.subcommand(name), value.mapping != nil {
        let isOnPath = commands.dropFirst().first?.name == name
        if isOnPath { continue }
        var ignored: [String: Node] = [:]
        try collect(into: &ignored, along: [below], from: value)
      } else if !command.knows(name) {
        throw error(key, expected: "an option of \(command.title)", found: "the key \"\(name)\"")
      } else {
        values[name] = value
      }
    }
    if let next = commands.dropFirst().first, let below = mapping[next.name], below.mapping != nil {
      try collect(into: &values, along: commands.dropFirst(), from: below)
    }
  }

  private func error(_ node: Node, expected: String, found: String) -> InputError {
    InputError(file: path, line: node.mark?.line, expected: expected, found: found)
  }
}
