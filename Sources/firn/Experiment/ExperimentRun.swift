import Foundation
import Reading
import Retrieval

/// An experiment under way: what its cells share, and how far it is.
///
/// Every file grows batch by batch, in the batches of `firn answer`: the last digits of scores hang
/// on what is computed together, and each cell is to be what that command gives by itself.
final class ExperimentRun {
  let plan: ExperimentPlan
  let folder: ExperimentFolder
  let index: PassageIndex
  let line: ProgressLine
  /// What each ranking hangs on, by its name.
  var settings: [String: [String: String]] = [:]
  var timings: ExperimentTimings
  private let sets: [String: [Question]]
  private var models: [String: FrozenBase] = [:]
  private var readers: [String: LoadedReader] = [:]
  private var modules: [String: ModulePaths] = [:]

  /// - Parameter questions: by the name of their set.
  init(
    _ plan: ExperimentPlan, folder: ExperimentFolder, questions: [String: [Question]],
    index: PassageIndex, line: ProgressLine
  ) throws {
    self.plan = plan
    self.folder = folder
    self.index = index
    self.line = line
    sets = questions
    timings = try folder.read(Self.timingsName, as: ExperimentTimings.self) ?? ExperimentTimings()
  }

  private static let timingsName = "timings.json"

  /// Does what is left to do.
  ///
  /// - Throws: `InterruptedError` among others; what was finished is kept.
  func finish() async throws {
    defer { try? folder.write(Self.timingsName, json: timings) }
    for cells in plan.cells.grouped(by: { "\($0.questions.name) \($0.retriever.name)" }) {
      try await rank(cells.grouped(by: \.ranking).map { $0[0] })
    }
    for (place, cell) in plan.cells.enumerated() {
      try await answer(cell, phase: "cell \(place + 1) of \(plan.cells.count), \(cell.name)")
    }
  }

  func questions(of set: ExperimentCell.Questions) -> [Question] { sets[set.name] ?? [] }

  func model(_ name: String) throws -> FrozenBase {
    if let model = models[name] { return model }
    let model = try FrozenBase(name)
    models[name] = model
    return model
  }

  func modules(of reader: ExperimentCell.Reader) throws -> ModulePaths {
    if let paths = modules[reader.name] { return paths }
    let paths = try ModulePaths(reader.modules)
    modules[reader.name] = paths
    return paths
  }

  func reader(
    _ reader: ExperimentCell.Reader, _ options: ReaderOptions
  ) async throws -> LoadedReader {
    if let loaded = readers[reader.name] { return loaded }
    let modules = try modules(of: reader)
    let loaded =
      try await LoadedReader.connected(options, modules)
      ?? LoadedReader(options, modules, share: model)
    readers[reader.name] = loaded
    return loaded
  }

  /// - Throws: `InputError` when the file was made from something else.
  func log(
    _ path: String, of cell: ExperimentCell, settings: [String: String]
  ) throws -> RecordLog {
    try RecordLog(
      path: folder.file(path), questions: questions(of: cell.questions), settings: settings,
      hint: folder.hint)
  }
}
