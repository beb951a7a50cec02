import ArgumentParser
import Models
import Reading

/// How a reader behind an OpenAI-compatible address is asked; its key is in `FIRN_API_KEY`.
struct RemoteOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model's name at the service (default: its only one).", valueName: "name"))
  var readerModel: String?
  @Option(help: "How it is asked (default: completions, and chat where there are none).")
  var readerApi: RemoteAPI?
  @Option(
    help: ArgumentHelp(
      "Model folder whose tokenizer counts tokens (default: an estimate that says too many).",
      valueName: "model"))
  var readerTokenizer: String?
  @Option(help: "Requests that are under way at once.")
  var readerRequests = 8
  @Option(help: ArgumentHelp("Seconds that a request may take.", valueName: "seconds"))
  var readerTimeout = 120
  @Option(help: "Tries of a request before it has failed.")
  var readerTries = 5

  func validate() throws {
    for (name, value) in [
      ("reader-requests", readerRequests), ("reader-timeout", readerTimeout),
      ("reader-tries", readerTries),
    ] { try requirePositive(value, name) }
  }

  /// - Throws: `RemoteError` for an address or a key that cannot be one, `MissingModelError` and
  ///   `TokenizerError` for the tokenizer.
  func reader(address: String) throws -> RemoteReader {
    var reader = try RemoteReader(address: address)
    reader.model = readerModel
    reader.api = readerApi
    reader.concurrency = readerRequests
    reader.timeLimit = .seconds(readerTimeout)
    reader.retries.tries = readerTries
    reader.tokenizer = try readerTokenizer.map {
      try TokenizerFolder.load(ModelFolder.resolve($0))
    }
    return reader
  }

  /// What the answers hang on, by name; the key is no part of it.
  var settings: [String: String] {
    [
      "reader model": readerModel ?? "the only one", "reader api": readerApi?.rawValue ?? "default",
      "reader tokenizer": readerTokenizer ?? "estimate",
    ]
  }
}

extension RemoteAPI: ExpressibleByArgument {}
