import Native
import Tensors

/// Low-rank changes as PEFT has them: `base_model.model.MAP.lora_A.weight` `[rank, inputs]` and
/// `...lora_B.weight` `[outputs, rank]` of every map.
extension LowRankAdaptation {
  private static let root = "base_model.model."
  /// What would make the adapter another function, with the values that do not.
  private static let neutral: [(key: String, value: JSON)] =
    [("bias", .string("none")), ("rank_pattern", .object([])), ("alpha_pattern", .object([]))]
    + ["use_dora", "use_qalora", "use_bdlora", "lora_bias"].map { ($0, .bool(false)) }
    + [
      "modules_to_save", "layer_replication", "alora_invocation_tokens", "arrow_config",
      "kasa_config", "monteclora_config", "trainable_token_indices", "target_parameters",
    ].map { ($0, .null) }

  static func adapter(
    _ configuration: ModelConfiguration, _ file: SafetensorsFile, for network: any TunableNetwork
  ) throws -> (LowRankAdaptation, [Float]) {
    for (key, value) in neutral {
      guard configuration.given(key) ?? value == value else {
        throw configuration.wrong(
          key, value.summary, hint: "only plain LoRA is known here, at one rank")
      }
    }
    let rank = try configuration.size("r")
    let alpha = try Float(configuration.number("lora_alpha", default: 8))
    guard alpha.isFinite else { throw configuration.wrong("lora_alpha", "a number") }
    // There the sum is scaled by alpha / √rank.
    let stretch = try configuration.flag("use_rslora", default: false)
    let found = Set(file.names)
    let maps = network.maps.filter { found.contains(name($0.name, "A", network)) }
    let adaptation = LowRankAdaptation(
      rank: rank, alpha: stretch ? alpha * Float(rank).squareRoot() : alpha, maps: maps)
    let known = maps.flatMap { [name($0.name, "A", network), name($0.name, "B", network)] }
    if let stray = found.subtracting(known).min() {
      throw CheckpointError(
        file: file.path, tensor: stray, expected: "a linear map of the network",
        found: "no such map")
    }
    guard !maps.isEmpty else {
      throw CheckpointError(file: file.path, expected: "at least one map", found: "none")
    }
    let parameters = try maps.flatMap { map in
      try Adapter.tensor(name(map.name, "A", network), [rank, map.inputs], in: file)
        + Adapter.tensor(name(map.name, "B", network), [map.outputs, rank], in: file)
    }
    return (adaptation, parameters)
  }

  package func saveAdapter(
    _ parameters: [Float], folder: String, base: String, for network: any TunableNetwork
  ) throws {
    let maps = network.maps.filter { sites[$0.name] != nil }
    let tensors = maps.flatMap { map -> [NamedTensor] in
      let site = sites[map.name]!
      return [(site.a, "A"), (site.b, "B")].map { slice, part in
        NamedTensor(
          name: Self.name(map.name, part, network), shape: [slice.rows, slice.columns],
          values: Array(parameters[slice.range]))
      }
    }
    let targets = Self.targets(maps.map(\.name), among: network.maps.map(\.name)).map {
      JSON.literal($0 == "lm_head" || !$0.contains(".") ? $0 : network.adapterRoot + $0)
    }
    try Adapter.write(
      folder, type: "LORA", base: base, for: network,
      [
        ("r", "\(rank)"), ("lora_alpha", "\(alpha)"), ("lora_dropout", "0.0"),
        ("bias", "\"none\""), ("fan_in_fan_out", "\(network is GPT2)"),
        ("target_modules", "[\(targets.joined(separator: ", "))]"),
      ], tensors: tensors)
  }

  /// The last parts of the names where they name these maps and no others, else the whole names.
  private static func targets(_ chosen: [String], among all: [String]) -> [String] {
    func last(_ name: String) -> String { String(name.split(separator: ".").last ?? "") }
    let ends = Set(chosen.map(last))
    return all.filter { ends.contains(last($0)) } == chosen ? ends.sorted() : chosen
  }

  private static func name(
    _ map: String, _ part: String, _ network: any TunableNetwork
  ) -> String {
    let path = map == "lm_head" ? map : network.adapterRoot + map
    return "\(root)\(path).lora_\(part).weight"
  }
}
