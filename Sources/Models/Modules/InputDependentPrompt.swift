import Native
import Tensors

/// A prompt that a small learned network writes for every input (ID-PT): a frozen encoder reads the
/// input under a short learned prompt of its own, a learned cross-attention network makes a prompt of
/// fixed length of its states, and the frozen network reads that before the input.
///
/// - Source: Levine et al. 2022, arXiv:2204.10019: same recipe, own hyperparameters.
package struct InputDependentPrompt: LearnedModule {
  package static let kind = "id-pt"

  package let layout: ParameterLayout
  private let encoder: FrozenEncoder
  private let connector: PromptConnector
  private let encoderPrompt: ParameterLayout.Slice

  /// How large the learned parts are.
  package struct Size: Equatable, Sendable {
    /// Vectors of the prompt, and of the encoder's own.
    package var length = 20
    package var encoderLength = 10
    /// The cross-attention network's width (nil: the encoder's), heads and layers.
    package var width: Int?
    package var heads = 8
    package var layers = 1

    package init() {}
  }

  /// - Requires: heads that divide the width.
  package init(_ size: Size, encoder: FrozenEncoder, network: any TunableNetwork) {
    let states = encoder.width
    self.init(
      PromptConnector.Shape(
        length: size.length, promptWidth: network.tokens.width, stateWidth: states,
        width: size.width ?? states, heads: size.heads, layers: size.layers,
        size: SoftPrompt.size(of: network.tokens)),
      encoderLength: size.encoderLength, encoder: encoder)
  }

  private init(_ shape: PromptConnector.Shape, encoderLength: Int, encoder: FrozenEncoder) {
    var layout = ParameterLayout()
    encoderPrompt = layout.append(
      "encoder_prompt", rows: encoderLength, columns: shape.stateWidth)
    connector = PromptConnector(shape, in: &layout)
    (self.layout, self.encoder) = (layout, encoder)
  }

  package var places: Int { connector.shape.length }

  /// Learning begins with vectors as those of a soft prompt, the same for every input; the encoder's
  /// own are random.
  package func initialParameters(
    _ start: LearningStart, _ network: any TunableNetwork, seed: UInt64
  ) -> [Float] {
    var parameters = [Float](repeating: 0, count: layout.count)
    var random = SplitMix64(seed: seed)
    connector.initialize(&parameters, using: &random)
    let rows = start.rows(connector.shape.length, network.tokens, seed: seed)
    parameters.replaceSubrange(connector.base.range, with: rows.values)
    let own = LearningStart.random.rows(encoderPrompt.rows, encoder.network.tokens, seed: seed &+ 1)
    parameters.replaceSubrange(encoderPrompt.range, with: own.values)
    return parameters
  }

  // MARK: In place

  package func loss(
    _ pairs: [TokenPair], of network: any TunableNetwork, parameters: [Float], _ loss: TokenLoss,
    scale: Float, addingTo gradient: inout [Float]?
  ) -> Double {
    let (rows, starts) = encoder.network.rows(
      Tensor(parameters, encoderPrompt), before: pairs.map { encoder.tokens(of: $0.input) })
    let read = gradient == nil ? nil : encoder.network.forward(rows, starts: starts)
    let states = read?.states ?? encoder.network(rows, starts: starts)
    let (made, tape) = connector.forward(states, starts: starts, parameters)
    let prompts = divided(made)
    var learned = gradient.map { _ in LearnedGradient(like: prompts) }
    let sum = network.loss(pairs, after: prompts, loss, scale: scale, addingTo: &learned)
    guard let learned, let read else { return sum }
    let dPrompts = Tensor(stacking: learned.prompts.map(\.input), width: made.width)
    let dStates = connector.backward(dPrompts, tape, parameters, into: &gradient!)
    // Below the states only the encoder's own prompt is learned.
    guard encoderPrompt.rows > 0 else { return sum }
    var nothing: [Float] = []
    var sums = [Tensor(rows: encoderPrompt.rows, width: rows.width)]
    _ = encoder.network.backward(dStates, starts: starts, read.tape, into: &nothing)
      .split(after: &sums, starts: starts)
    add(sums[0].values, to: &gradient!, from: encoderPrompt.offset)
    return sum
  }

  private func divided(_ prompts: Tensor) -> [PromptRows] {
    let length = connector.shape.length
    return stride(from: 0, to: prompts.rows, by: length).map {
      PromptRows(input: prompts.rows($0..<$0 + length))
    }
  }

  package func applied(
    to network: any TunableNetwork, parameters: [Float]
  ) -> any GenerativeNetwork {
    PromptedNetwork(
      network: network,
      prompt: .own(length: connector.shape.length) { inputs in
        let (rows, starts) = encoder.network.rows(
          Tensor(parameters, encoderPrompt), before: inputs.map(encoder.tokens))
        let states = encoder.network(rows, starts: starts)
        return divided(connector.forward(states, starts: starts, parameters).prompts)
      })
  }

  // MARK: Files

  package func tensors(_ parameters: [Float]) -> [NamedTensor] {
    layout.tensors(parameters).filter { !$0.values.isEmpty }
  }

  package var facts: ModuleFacts {
    ModuleFacts(
      promptLength: connector.shape.length,
      settings: [
        Keys.encoder: encoder.name, Keys.encoderSHA256: encoder.sha256,
        Keys.encoderLength: "\(encoderPrompt.rows)", Keys.width: "\(connector.shape.width)",
        Keys.heads: "\(connector.shape.heads)", Keys.layers: "\(connector.shape.layers)",
        Keys.size: "\(connector.shape.size)",
      ])
  }

  private enum Keys {
    static let encoder = "encoder_model"
    static let encoderSHA256 = "encoder_sha256"
    static let encoderLength = "encoder_prompt_length"
    static let width = "connector_width"
    static let heads = "connector_heads"
    static let layers = "connector_layers"
    static let size = "connector_size"
  }

  /// The module of a file, whose encoder is looked up by the name that the file gives, and its
  /// numbers.
  ///
  /// - Throws: `CheckpointError` when the encoder's weights are not those that the file names or when
  ///   the parts do not fit; `MissingModelError`.
  package static func read(
    _ module: ModuleFile, path: String, for network: any TunableNetwork,
    tokenizer: any Tokenizer
  ) throws -> (InputDependentPrompt, [Float]) {
    func setting<Value: LosslessStringConvertible>(_ key: String) throws -> Value {
      guard let value = module.settings[key].flatMap({ Value($0) }) else {
        throw CheckpointError(
          file: path, expected: "\(key) in the metadata",
          found: module.settings[key] ?? "none")
      }
      return value
    }
    let encoder = try FrozenEncoder(
      setting(Keys.encoder), expectedSHA256: setting(Keys.encoderSHA256), path: path,
      tokenizer: tokenizer)
    let shape = PromptConnector.Shape(
      length: module.promptLength ?? 0, promptWidth: network.tokens.width,
      stateWidth: encoder.width, width: try setting(Keys.width),
      heads: try setting(Keys.heads), layers: try setting(Keys.layers),
      size: try setting(Keys.size))
    guard shape.length > 0, shape.width > 0, shape.heads > 0, shape.width % shape.heads == 0,
      (0...1000).contains(shape.layers), shape.length < 1 << 24, shape.width < 1 << 24,
      shape.size.isFinite
    else {
      throw CheckpointError(
        file: path, expected: "sizes of a network in the metadata", found: "\(shape)")
    }
    let length: Int = try setting(Keys.encoderLength)
    guard (0..<1 << 24).contains(length) else {
      throw CheckpointError(
        file: path, expected: "\(Keys.encoderLength) of at least 0", found: "\(length)")
    }
    let prompt = InputDependentPrompt(shape, encoderLength: length, encoder: encoder)
    return (
      prompt,
      try prompt.layout.slices.flatMap { slice in
        slice.rows == 0
          ? [] : try module.tensor(slice.name, shape: [slice.rows, slice.columns])
      }
    )
  }

  package func saveAdapter(
    _ parameters: [Float], folder: String, base: String, for network: any TunableNetwork
  ) throws {
    throw CheckpointError(
      file: folder, expected: "a soft prompt, a prefix or LoRA", found: Self.kind,
      hint: "PEFT has no other modules")
  }
}
