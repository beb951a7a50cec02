import ArgumentParser
import Foundation
import Models
import Reading

struct TuneAverage: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "average",
    abstract: "Averages reading modules that were learned from one start.",
    discussion: """
      Settings, such as the confidence, are the first module's: fit them anew with \
      firn tune calibration.

      EXAMPLE: firn tune average a.safetensors b.safetensors --dev dev.jsonl --output mean.safetensors
      """)

  @Argument(help: "Modules of one kind, rank and base model.") var modules: [String]
  @Option(help: "File of examples to measure the average on.") var dev: String
  @Option(help: "Dev examples that are measured.") var devExamples = 500
  @Option(help: "Where the module goes.") var output: String
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try requirePositive(devExamples, "dev-examples")
    if modules.count < 2 {
      throw ValidationError("expected two modules at least, found \(modules.count)")
    }
  }

  func run() throws {
    var mean = try ModuleFile.average(modules.map { ($0, try ModuleFile(path: $0)) })
    let base = try FrozenBase(mean.baseModel)
    guard base.sha256 == mean.baseSHA256 else {
      throw CheckpointError(
        file: modules[0], expected: "a module for weights \(base.sha256.prefix(12))...",
        found: "one for \(mean.baseSHA256.prefix(12))...")
    }
    let reader = try SpanReader.load(mean, frozen: base.network, tokenizer: base.tokenizer)
    let score = TuneReader.measure(reader, try TuneReader.devSet(dev, count: devExamples))
    mean.devScore = "\(score.text) on \((dev as NSString).lastPathComponent)"
    mean.command = TuneReader.commandLine
    mean.toolVersion = Firn.version
    try mean.save(path: output)
    global.note(score.text)
  }
}
