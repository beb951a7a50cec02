import ArgumentParser
import Models
import Tuning

struct TuneIDPT: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "idpt",
    abstract: "Learns prompts that depend on the input (ID-PT) for a frozen generative model.",
    discussion: """
      A frozen T5 encoder reads the input under a short learned prompt of its own; a learned \
      cross-attention network turns what it makes of it into a prompt of fixed length, which the \
      frozen model reads before the input. It is meant to be learned on many tasks at once: --tasks. \
      Other data, and going on after an interruption, are as with firn tune prompt.

      EXAMPLE: firn tune idpt --reader gpt2 --encoder google/flan-t5-small --tasks tasks.yaml \
      --output idpt.safetensors
      """)

  @OptionGroup var reader: ReaderOptions
  @OptionGroup var retrieval: RetrievalOptions
  @OptionGroup var pairs: PairOptions
  @Option(help: "Where the module goes.") var output: String
  @Option(
    help: ArgumentHelp(
      "Frozen T5 whose encoder reads the input: a name or a folder.", valueName: "model"))
  var encoder: String
  @Option(help: "Vectors of the prompt.") var length = 20
  @Option(help: "Vectors before what the encoder reads.") var encoderLength = 10
  @Option(help: "Width of the cross-attention network (default: the encoder's).") var width: Int?
  @Option(help: "Heads of the cross-attention network.") var heads = 8
  @Option(help: "Layers of the cross-attention network.") var layers = 1
  @OptionGroup var start: PromptStart
  @OptionGroup var learning: LearningOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try pairs.check(retrieval, reader)
    for (name, value) in [
      ("length", length), ("width", width ?? 1), ("heads", heads), ("layers", layers),
    ] { try requirePositive(value, name) }
    guard encoderLength >= 0 else {
      throw ValidationError("--encoder-length: expected at least 0, found \(encoderLength)")
    }
  }

  func run() async throws {
    let (engine, base) = try await pairs.base(reader, retrieval, reserved: length)
    let encoder = try FrozenEncoder(self.encoder, tokenizer: base.model.tokenizer)
    guard (width ?? encoder.width) % heads == 0 else {
      throw ValidationError(
        "--heads: expected a divisor of \(width ?? encoder.width), found \(heads)")
    }
    let module = InputDependentPrompt(size, encoder: encoder, network: base.network)
    let data = try pairs.data(
      engine, base, reader, output: output, leaving: module.places,
      answered: learning.training.answered, quiet: global.quiet)
    try ModuleLearning(
      base: base, module: module, output: output, options: learning, seed: reader.seed,
      data: data, usualRate: 1e-3, start: "\(size) of \(self.encoder) from \(start.text)",
      encoder: encoder
    ).run(global) { try start.parameters(module, base, seed: reader.seed) }
  }

  private var size: InputDependentPrompt.Size {
    var size = InputDependentPrompt.Size()
    size.length = length
    size.encoderLength = encoderLength
    size.width = width
    size.heads = heads
    size.layers = layers
    return size
  }
}
