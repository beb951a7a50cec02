import ArgumentParser
import Models
import Tensors

struct ModelGenerate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Lets a generative model go on from a text.",
    discussion: """
      Gives one record {"ids","text","logprobs"}: the new tokens, their text, and the natural \
      logarithm of each token's probability. The most probable token is taken at each step unless \
      --beams or --temperature is given.
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var model: ModelArgument
  @OptionGroup var output: OutputOptions
  @Option(help: ArgumentHelp("A module that was learned on the model.", valueName: "file"))
  var module: String?
  @Option(help: "The text to go on from.") var text: String
  @Option(help: "Tokens to generate at most.") var maxTokens = 32
  @Flag(help: "Also give the first step's logits.") var logits = false
  @Option(help: "Keep the weights as float32, or as int8: smaller and faster, less exact.")
  var precision = Precision.float32
  @Option(help: ArgumentHelp("Search with this many beams.", valueName: "n")) var beams: Int?
  @Option(help: ArgumentHelp("With --beams: rank by log-probability / length^p.", valueName: "p"))
  var lengthPenalty: Float = 1
  @Flag(help: "With --beams: end as soon as as many answers as beams are finished.")
  var earlyStopping = false
  @Option(help: ArgumentHelp("Draw tokens at this temperature.", valueName: "t"))
  var temperature: Float?
  @Option(help: ArgumentHelp("Draw from the most probable tokens only.", valueName: "n"))
  var topK: Int?
  @Option(help: ArgumentHelp("Draw from the fewest tokens that reach this.", valueName: "p"))
  var topP: Float?
  @Option(help: "Where random draws begin.") var seed: UInt64 = 0
  @Option(help: ArgumentHelp("End the text before this string; repeatable.", valueName: "string"))
  var stop: [String] = []

  private struct Record: Encodable {
    let ids: [Int32]
    let text: String
    let logprobs: [Float]
    let logits: [Float]?
  }

  private var samples: Bool { temperature != nil || topK != nil || topP != nil }

  func validate() throws {
    func require(_ holds: Bool, _ expected: String) throws {
      if !holds { throw ValidationError("expected \(expected)") }
    }
    try require(maxTokens > 0, "--max-tokens above 0, found \(maxTokens)")
    try require(beams ?? 1 > 0, "--beams above 0, found \(beams ?? 0)")
    try require(temperature ?? 1 > 0, "--temperature above 0, found \(temperature ?? 0)")
    try require(topK ?? 1 > 0, "--top-k above 0, found \(topK ?? 0)")
    try require(topP.map { $0 > 0 && $0 <= 1 } ?? true, "--top-p in 0 ... 1, found \(topP ?? 0)")
    try require(beams == nil || !samples, "either --beams or sampling, found both")
    try require(beams == nil || stop.isEmpty, "no --stop with --beams")
  }

  func run() throws {
    let folder = try model.folder()
    let frozen = try GenerativeModel(folder: folder, precision: precision)
    let model = try module.map { try frozen.applying($0, of: folder) } ?? frozen
    let prompt = try model.encode(text)
    guard !prompt.isEmpty else { throw ValidationError("expected a text, found nothing in it") }
    let (answer, text) = model.generate([prompt], settings, stopStrings: stop)[0]
    let first = logits ? model.network.prefill([prompt], after: nil).logits.values : nil
    let record = Record(
      ids: answer.ids, text: text, logprobs: answer.logProbabilities, logits: first)
    try output.write(RecordEncoder().line(record) + "\n")
  }

  private var settings: GenerationSettings {
    var settings = GenerationSettings()
    settings.maxTokens = maxTokens
    if let beams {
      var search = BeamSettings()
      search.beams = beams
      search.lengthPenalty = lengthPenalty
      search.stopping = earlyStopping ? .early : .heuristic
      settings.choice = .beams(search)
    } else if samples {
      var sampling = Sampling()
      sampling.temperature = temperature ?? 1
      sampling.topK = topK
      sampling.topP = topP ?? 1
      sampling.seed = seed
      settings.choice = .sampling(sampling)
    }
    return settings
  }
}
