import ArgumentParser
import Foundation
import Models

struct TuneAdapter: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adapter",
    abstract: "Makes a module of an adapter that PEFT saved.",
    discussion: """
      Prompt tuning, prefix tuning and LoRA are known. An adapter names its base model but not the \
      model's weights: that it was learned on these is the word of whoever runs this.

      EXAMPLE: firn tune adapter my-lora --reader google/flan-t5-base --output lora.safetensors
      """)

  @Argument(help: "Folder of adapter_config.json and adapter_model.safetensors.")
  var folder: String
  @Option(help: ArgumentHelp("The frozen model that it was learned on.", valueName: "model"))
  var reader: String
  @Option(help: "Where the module goes.") var output: String
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let model = try GenerativeModel(folder: ModelFolder.resolve(reader))
    let base = try FrozenGenerator(reader, model)
    let (module, parameters) = try Adapter.read(folder, for: base.network)
    let facts = module.facts
    try ModuleFile(
      kind: type(of: module).kind, baseModel: base.name, baseSHA256: base.sha256,
      rank: facts.rank, promptLength: facts.promptLength,
      trainingData: "PEFT's \((folder as NSString).lastPathComponent)", seed: 0, steps: 0,
      toolVersion: Firn.version, devScore: "unknown", command: TuneReader.commandLine,
      settings: facts.settings, tensors: module.tensors(parameters)
    ).save(path: output)
    global.note("\(type(of: module).kind) of \(parameters.count) learned parameters")
  }
}
