import ArgumentParser
import Models
import Reading
import Tuning

struct TunePrompt: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prompt",
    abstract: "Learns a soft prompt, a prefix or LoRA for a frozen generative model.",
    discussion: """
      With --index it learns to answer: each question is retrieved for, re-ranked and packed as \
      firn answer would, with the same options. Without, examples are JSON Lines with input and \
      target: what the model reads, and what it should go on with. With --tasks it \
      learns all tasks of a YAML file at once (firn evaluate tasks --help shows one).

      Interrupted, the same command goes on where OUTPUT.state was last written; OUTPUT.log.jsonl \
      has the loss of every step, and OUTPUT.log.svg shows the curves.

      EXAMPLE: firn tune prompt --reader google/flan-t5-small --index wiki --questions train.jsonl \
      --dev dev.jsonl --output prompt.safetensors
      EXAMPLE: firn tune prompt --kind lora --rank 8 --targets q,v --reader gpt2 --train pairs.jsonl \
      --dev dev.jsonl --output lora.safetensors
      """)

  @OptionGroup var reader: ReaderOptions
  @OptionGroup var retrieval: RetrievalOptions
  @OptionGroup var pairs: PairOptions
  @Option(help: "Where the module goes.") var output: String
  @OptionGroup var kind: ModuleKind
  @OptionGroup var start: PromptStart
  @Option(help: ArgumentHelp("Also write the module as PEFT loads it.", valueName: "folder"))
  var adapter: String?
  @OptionGroup var learning: LearningOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try pairs.check(retrieval, reader)
    guard adapter == nil || kind.decoderLength == 0 else {
      throw ValidationError(
        "expected --adapter without --decoder-length, which PEFT has no place for")
    }
  }

  func run() async throws {
    let (engine, base) = try await pairs.base(
      reader, retrieval, reserved: kind.kind == .lora ? 0 : kind.length)
    let module = try kind.module(for: base.network)
    guard adapter == nil || (module as? PrefixTuning)?.isOfDecoderAlone ?? true else {
      throw ValidationError(
        "expected --attention decoder with --adapter: PEFT has no place for other prefixes")
    }
    try ModuleLearning(
      base: base, module: module, output: output, options: learning, seed: reader.seed,
      data: pairs.data(
        engine, base, reader, output: output, leaving: module.places,
        answered: learning.training.answered, quiet: global.quiet),
      usualRate: kind.usualRate(base.network), start: "\(kind.text) from \(start.text)",
      adapter: adapter
    ).run(global) { try start.parameters(module, base, seed: reader.seed) }
  }
}
