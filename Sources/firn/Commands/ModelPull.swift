import ArgumentParser
import Models
import Synchronization

struct ModelPull: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Brings a model from a hub into the model folder.",
    discussion: """
      Brings the files that Firn reads, checks their SHA-256 where the hub gives it, and prints the \
      model's folder, which appears when all of it is there. Run again after an interruption, it \
      goes on where it stopped; a model that is there already is left alone.
      HF_ENDPOINT names another hub than https://huggingface.co, HF_TOKEN is the key to it. The \
      model folder is $FIRN_MODELS, else models/ here if that exists, else the user's cache.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var output: OutputOptions
  @Argument(
    help: ArgumentHelp("A model's hub id (org/name) or alias (minilm).", valueName: "model"))
  var name: String
  @Option(help: ArgumentHelp("A branch, a tag or a commit.", valueName: "name"))
  var revision = "main"

  /// The hub id of each alias.
  private static let aliases = ["minilm": "sentence-transformers/all-MiniLM-L6-v2"]

  func run() async throws {
    if let folder = try? ModelFolder.resolve(name) {
      global.note("\(name) is there already")
      return try output.write(folder)
    }
    let repository = try HubRepository(Self.aliases[name] ?? name, revision: revision)
    let pull = HubPull(repository, to: ModelFolder.destination(name))
    let line = SharedProgress(quiet: global.quiet)
    let report = try await Interruption.stopping {
      try await pull.run { try line.report($0, $1, $2) }
    }
    global.note(
      "\(repository.id) at \(report.commit.prefix(12)): \(report.files) files, SHA-256 checked of "
        + "\(report.checked)")
    try output.write(pull.folder)
  }
}

/// Progress of downloads, which report from threads of their own one after another.
private final class SharedProgress: Sendable {
  private let line: Mutex<ProgressLine>

  init(quiet: Bool) { line = Mutex(ProgressLine(quiet: quiet)) }

  func report(_ file: String, _ done: Int, _ all: Int?) throws {
    let megabyte = 1_000_000
    try line.withLock {
      try $0.reportOrStop(
        "\(file), MB", done / megabyte, of: all.map { $0 / megabyte })
    }
  }
}
