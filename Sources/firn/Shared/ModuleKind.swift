import ArgumentParser
import Models

/// Which module is learned, and how large it is.
struct ModuleKind: ParsableArguments {
  @Option(
    help: """
      What is learned: vectors before the input, keys and values before those of every layer, or \
      low-rank changes of linear maps.
      """)
  var kind = Kind.softPrompt
  @Option(help: "Vectors before the input, or in every layer.") var length = 20
  @Option(help: "Vectors before what an encoder-decoder's decoder writes.") var decoderLength = 0
  @Option(
    help: ArgumentHelp(
      "Of a prefix: which attentions get one, of encoder,decoder,cross (default: all there are).",
      valueName: "list"))
  var attention: ListArgument?
  @Option(help: "Of a prefix: width of the network that it is learned through (default: none).")
  var hidden: Int?
  @Option(help: "Of LoRA: rank.") var rank = 8
  @Option(help: "Of LoRA: the change is scaled by alpha / rank (default: twice the rank).")
  var alpha: Float?
  @Option(
    help: ArgumentHelp(
      "Of LoRA: ends of the names of linear maps, * for anything; or all (default: q,v).",
      valueName: "list"))
  var targets: ListArgument?

  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case softPrompt = "soft-prompt"
    case prefix, lora
  }

  func validate() throws {
    func require(_ holds: Bool, _ expected: String) throws {
      if !holds { throw ValidationError("expected \(expected)") }
    }
    try requirePositive(rank, "rank")
    if let hidden { try requirePositive(hidden, "hidden") }
    try require(length >= 0 && decoderLength >= 0, "--length and --decoder-length of at least 0")
    try require(alpha ?? 1 > 0, "--alpha above 0")
    try require(
      kind == .softPrompt || decoderLength == 0, "--decoder-length with --kind soft-prompt only")
    try require(
      kind == .prefix || attention == nil && hidden == nil,
      "--attention and --hidden with --kind prefix only")
    try require(
      kind == .lora || alpha == nil && targets == nil,
      "--alpha and --targets with --kind lora only")
    try require(
      kind == .lora || length + decoderLength > 0, "--length or --decoder-length above 0")
    _ = try attentionKinds()
  }

  private func attentionKinds() throws -> Set<AttentionSite.Kind> {
    guard let attention else { return Set(AttentionSite.Kind.allCases) }
    return Set(
      try attention.items.map { name in
        guard let kind = AttentionSite.Kind(rawValue: name) else {
          throw ValidationError("--attention: expected encoder, decoder, cross, found \(name)")
        }
        return kind
      })
  }

  /// - Throws: `ValidationError` or `CheckpointError` when the network has no such place for it.
  func module(for network: any TunableNetwork) throws -> any LearnedModule {
    switch kind {
    case .softPrompt:
      guard decoderLength == 0 || network.hasEncoder else {
        throw ValidationError("expected no --decoder-length for a model without an encoder")
      }
      return SoftPrompt(
        length: length, decoderLength: decoderLength, width: network.tokens.width)
    case .prefix:
      let kinds = try attentionKinds()
      guard network.hasEncoder || kinds.contains(.decoder) else {
        throw ValidationError("--attention: expected decoder for a model without an encoder")
      }
      return PrefixTuning(length: length, kinds: kinds, hidden: hidden, network: network)
    case .lora:
      return try LowRankAdaptation(
        rank: rank, alpha: alpha ?? Float(2 * rank),
        targets: targets?.items ?? LowRankAdaptation.usualTargets, network: network)
    }
  }

  /// The peak learning rate unless the user names one.
  func usualRate(_ network: any TunableNetwork) -> Float {
    switch kind {
    case .softPrompt: 0.05 * SoftPrompt.size(of: network.tokens)
    case .prefix: hidden == nil ? 1e-2 : 1e-3
    case .lora: 1e-3
    }
  }

  /// What a resumed run must have too.
  var text: String {
    "\(kind.rawValue) length \(length) + \(decoderLength) attention \(attention?.items ?? []) "
      + "hidden \(hidden ?? 0) rank \(rank) alpha \(alpha ?? 0) targets \(targets?.items ?? [])"
  }
}

/// Words with commas between them.
struct ListArgument: ExpressibleByArgument {
  let items: [String]

  init?(argument: String) {
    items = argument.split(separator: ",").map(String.init)
    if items.isEmpty { return nil }
  }
}
