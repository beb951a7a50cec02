import ArgumentParser
import Native

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(help: "Threads to use (default: all cores).")
  var threads: Int?
  @Flag(name: .shortAndLong, help: "Print no progress and no notes.")
  var quiet = false
  @Option(
    help: ArgumentHelp("Read options that are not given from a YAML file.", valueName: "file"))
  var config: String?

  /// Also applies the number of threads, so that no command can forget to.
  mutating func validate() throws {
    guard let threads else { return }
    if threads < 1 { throw ValidationError("--threads: expected at least 1, found \(threads)") }
    Parallel.threads = threads
  }

  /// Says something on standard error, unless that is to be quiet.
  func note(_ text: String) {
    if !quiet { Console.writeError(text + "\n") }
  }
}
