import ArgumentParser
import Foundation
import Models
import Tuning

/// What modules beside frozen networks learn, on small networks that are made here.
struct Learn: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains small LMs, freezes them, and compares what is learned beside them.",
    discussion: """
      A T5 and a Llama are trained from random weights on a mixture of synthetic tasks. On other \
      tasks prompts, prefixes, LoRA and ID-PT beside the frozen networks are then compared with words \
      alone and with fine-tuning of all weights. Peak rates are chosen on dev examples of another seed. \
      Everything that is finished stays in FOLDER; the same command goes on from there.
      """)

  @Argument(help: "Where networks and finished cells are kept.")
  var folder: String
  @Option(parsing: .upToNextOption, help: "The networks to compare on.")
  var models = SmallModel.allCases
  @Option(help: "Steps that each network is trained for, 64 examples each.")
  var pretraining = 3000
  @Option(help: "Steps for each task, 16 examples each.")
  var steps = 200
  @Option(help: "Seeds of training examples, dev and test examples and modules.")
  var seeds = 3
  @Flag(help: "Only print what is finished.")
  var table = false
  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard pretraining > 0, steps >= 10, (2...5).contains(seeds) else {
      throw ValidationError("expected --pretraining above 0, --steps from 10 and 2 to 5 --seeds")
    }
  }

  func run() throws {
    report.begin()
    var sizes = LearningSizes()
    sizes.steps = steps
    var results: [LearningResult] = []
    for model in models {
      var records = try LearningRecords(
        path: "\(folder)/\(model.rawValue).jsonl", sizes: sizes)
      if !table { try compare(model, &records, sizes) }
      results += records.results
    }
    try write(LearningTable(results, tasks: SyntheticTask.heldOut.map(\.name)))
  }

  private func compare(
    _ model: SmallModel, _ records: inout LearningRecords, _ sizes: LearningSizes
  ) throws {
    // ID-PT reads with the small T5's encoder, whatever it writes prompts for.
    for needed in Set([.t5, model]).sorted(by: { $0.rawValue < $1.rawValue }) {
      try pretraining(needed).run()
    }
    let frozen = try FrozenModel(
      model, folder: pretraining(model).output, encoderFolder: pretraining(.t5).output)
    let comparison = LearningComparison(frozen: frozen, sizes: sizes, note: note)
    for kind in LearningKind.allCases {
      for seed in 1...UInt64(seeds) { try comparison.fill(kind, seed: seed, &records) }
    }
  }

  private func pretraining(_ model: SmallModel) -> Pretraining {
    Pretraining(model: model, folder: folder, steps: pretraining, note: note)
  }

  private func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  private func write(_ table: LearningTable) throws {
    guard report.json else { return print(table.markdown) }
    for row in table.rows {
      try report.write(
        "learn", "\(row.model.rawValue), \(row.kind.rawValue)",
        [
          "parameters": Double(row.parameters), "score": row.mean, "margin": row.margin,
          "rate": Double(row.rate), "examples": row.examples.map(Double.init) ?? -1,
        ])
    }
  }
}

extension SmallModel: ExpressibleByArgument {}
