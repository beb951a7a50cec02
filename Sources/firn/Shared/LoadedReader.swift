import ArgumentParser
import Models
import Reading
import Retrieval
import Tensors

/// A reader with what was fitted to it, before anyone says how much it is to read.
enum LoadedReader: Sendable {
  /// Marks answers in passages.
  case spans(SpanReader, AnswerCombination, FrozenBase)
  /// Writes its answers.
  case language(any LanguageModel, usual: PromptTemplate)

  /// - Throws: `MissingModelError`, `MissingModuleError`, errors of the model's files, and
  ///   `CheckpointError` when the module is no reader on this model.
  init(_ options: ReaderOptions, _ modules: ModulePaths) throws {
    try self.init(options, modules, share: FrozenBase.init)
  }

  /// - Parameter share: where frozen networks come from that others use too.
  init(
    _ options: ReaderOptions, _ modules: ModulePaths, share: (String) throws -> FrozenBase
  ) throws {
    let name = options.reader
    let kind = try ReaderKind(name)
    try modules.check(for: kind)
    if kind == .remote {
      throw ValidationError("expected a model's name or folder, found the address \(name)")
    }
    if kind == .language {
      let model = try Self.language(
        ModelFolder.resolve(name), options.generative.precision ?? .float32,
        module: modules.learned)
      self = .language(model, usual: model.usualTemplate)
      return
    }
    try options.generative.requireNone()
    let frozen = try share(name)
    let module = try ModuleFile(path: modules.reader, expectedBaseSHA256: frozen.sha256)
    self = .spans(
      try SpanReader.load(module, frozen: frozen.network, tokenizer: frozen.tokenizer),
      AnswerCombination(settings: module.settings), frozen)
  }

  /// The reader behind an address, if that is what the options name.
  ///
  /// - Throws: `RemoteError` when nothing answers there.
  static func connected(
    _ options: ReaderOptions, _ modules: ModulePaths
  ) async throws -> LoadedReader? {
    guard ReaderKind.isRemote(options.reader) else { return nil }
    try modules.check(for: .remote)
    guard options.generative.precision == nil else {
      throw ValidationError("--precision: expected a model of this machine, found an address")
    }
    let remote = try options.remote.reader(address: options.reader)
    let model = try await Interruption.stopping { try await RemoteLanguageModel.connect(remote) }
    return .language(model, usual: remote.api == .chat ? .instruct : .ralm)
  }

  private static func language(
    _ folder: String, _ precision: Precision, module path: String?
  ) throws -> LocalLanguageModel {
    let model = try GenerativeModel(folder: folder, precision: precision)
    return LocalLanguageModel(try path.map { try model.applying($0, of: folder) } ?? model)
  }

  /// The frozen network that encoders and re-rankers may share.
  var frozen: FrozenBase? {
    if case .spans(_, _, let frozen) = self { frozen } else { nil }
  }

  /// - Throws: `ValidationError` for a context that the reader does not have, `InputError` for a
  ///   template or demonstrations that cannot be read.
  ///
  /// - Parameter reserved: places that a prompt's text leaves free, beside those of the answer.
  func answerer(_ options: ReaderOptions, reserved: Int = 0) throws -> any Answerer {
    switch self {
    case .spans(let reader, let combination, _):
      return Self.spans(reader, combination, options)
    case .language(let model, let usual):
      return try Self.generative(model, usual: usual, options, reserved: reserved)
    }
  }

  private static func spans(
    _ reader: SpanReader, _ combination: AnswerCombination, _ options: ReaderOptions
  ) -> SpanAnswerer {
    var reader = reader
    if let longest = options.maxTokens { reader.longestAnswer = longest }
    var answerer = SpanAnswerer(
      reader: reader,
      packer: PassagePacker(
        builder: reader.builder, contextTokens: options.contextTokens ?? 512,
        longest: options.passages),
      combination: combination)
    answerer.abstainBelow = options.abstainBelow
    return answerer
  }

  private static func generative(
    _ model: any LanguageModel, usual: PromptTemplate, _ options: ReaderOptions, reserved: Int
  ) throws -> GenerativeAnswerer {
    let generative = options.generative
    var settings = CompletionSettings()
    settings.maxTokens = options.maxTokens ?? settings.maxTokens
    settings.temperature = generative.temperature
    settings.seed = options.seed
    let packer = PromptPacker(
      model: model, template: try generative.promptTemplate ?? usual,
      examples: try generative.examples,
      contextTokens: try contextTokens(
        options, model.longestText.map { $0 - reserved }, answer: settings.maxTokens),
      longest: generative.closedBook ? 0 : options.passages)
    var answerer = GenerativeAnswerer(packer: packer, settings: settings)
    answerer.abstainBelow = options.abstainBelow
    return answerer
  }

  /// Tokens in a prompt unless the user says otherwise; the answer's are beside them.
  private static let usualContext = 2048

  private static func contextTokens(
    _ options: ReaderOptions, _ longest: Int?, answer: Int
  ) throws -> Int {
    let room = (longest ?? .max) - answer
    guard room > 0 else {
      throw ValidationError(
        "--max-tokens: expected fewer than the reader's \(longest ?? 0), found \(answer)")
    }
    guard let wanted = options.contextTokens else { return min(usualContext, room) }
    guard wanted <= room else {
      throw ValidationError(
        "--context-tokens: expected at most \(room) beside an answer of \(answer), found \(wanted)")
    }
    return wanted
  }
}

extension GenerativeModel {
  /// The model with the module in a file in place, if it is one for its folder's weights.
  ///
  /// - Throws: `CheckpointError` when it is not.
  func applying(_ path: String, of folder: String) throws -> GenerativeModel {
    let weights = try WeightFiles(folder: folder).sha256()
    return try applying(ModuleFile(path: path, expectedBaseSHA256: weights), path: path)
  }
}

/// How a reader comes by its answers.
enum ReaderKind {
  case spans, language, remote

  static func isRemote(_ name: String) -> Bool { name.contains("://") }

  /// - Throws: `MissingModelError`, `CheckpointError`.
  init(_ name: String) throws {
    if Self.isRemote(name) {
      self = .remote
      return
    }
    let folder = try ModelFolder.resolve(name)
    let type = try ModelConfiguration(path: folder + "/config.json").modelType ?? ""
    self = GenerativeModel.modelTypes.contains(type) ? .language : .spans
  }
}

extension ReaderOptions {
  /// What the answers hang on, by name.
  func settings(_ modules: ModulePaths) throws -> [String: String] {
    let limits = [
      "context-tokens": contextTokens, "passages": passages, "max-tokens": maxTokens,
    ]
    var settings = limits.mapValues { $0.map(String.init) ?? "default" }
    settings["reader"] = reader
    settings["abstain-below"] = "\(abstainBelow)"
    switch try ReaderKind(reader) {
    case .spans: settings["reader module"] = try AnsweringEngine.checksum(modules.reader)
    case .remote:
      settings.merge(remote.settings) { $1 }
      settings.merge(try generative.settings) { $1 }
      settings["seed"] = generative.temperature.map { _ in "\(seed)" }
    case .language:
      let weights = try WeightFiles(folder: ModelFolder.resolve(reader)).sha256()
      settings["weights"] = String(weights.prefix(12))
      settings["precision"] = generative.precision?.rawValue ?? "float32"
      settings.merge(try generative.settings) { $1 }
      settings["learned module"] = try modules.learned.map(AnsweringEngine.checksum) ?? "none"
      settings["seed"] = generative.temperature.map { _ in "\(seed)" }
    }
    return settings
  }
}
