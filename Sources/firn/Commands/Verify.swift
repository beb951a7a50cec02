import ArgumentParser
import Retrieval

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks that every checksum and cross-reference of an index still holds.",
    discussion: "EXAMPLE: firn verify wiki")

  @Argument(help: "The index: a name in indexes/, or a path with a slash.")
  var index: IndexPath
  @Flag(help: "Print one JSON document.")
  var json = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  private struct Check: Encodable {
    let name: String
    let problem: String?
  }

  func run() throws {
    let checks = try PassageIndex(path: index.path).verify()
    if json {
      try output.writeJSON(["checks": checks.map { Check(name: $0.name, problem: $0.problem) }])
    } else {
      try output.write(
        checks.map { "\($0.name): \($0.problem ?? "ok")" }.joined(separator: "\n"))
    }
    let problems = checks.count { $0.problem != nil }
    if problems > 0 {
      throw IndexError(
        .damaged, "\(problems) of \(checks.count) checks failed", path: index.path,
        hint: "delete the folder and index again")
    }
  }
}
