import Native
import Tensors

/// Prefixes as PEFT has them: one tensor `prompt_embeddings`, `[vectors, layers · 2 · width]`, of each
/// layer keys and then values of all key heads.
///
/// Of encoder-decoders only the decoder's attention to its own text gets a prefix, and there, by the
/// way that the library divides the tensor, layer l reads the rows of number 2 l modulo `num_layers`.
/// That is a number of its own for each layer where `num_layers` is odd, and what no layer reads does
/// no harm.
extension PrefixTuning {
  static func adapter(
    _ configuration: ModelConfiguration, _ file: SafetensorsFile, for network: any TunableNetwork
  ) throws -> (PrefixTuning, [Float]) {
    let decoder = DecoderAttentions(network)
    let length = try configuration.size("num_virtual_tokens")
    let layers = try configuration.size("num_layers", default: decoder.sites.count)
    guard network.hasEncoder ? layers >= decoder.sites.count : layers == decoder.sites.count else {
      throw configuration.wrong("num_layers", "the network's \(decoder.sites.count)")
    }
    for (key, expected) in decoder.facts {
      guard try configuration.size(key, default: expected) == expected else {
        throw configuration.wrong(key, "the network's \(expected)")
      }
    }
    let width = decoder.width
    let values = try Adapter.tensor("prompt_embeddings", [length, layers * width], in: file)
    let all = Tensor(rows: length, width: layers * width, values: values)
    let rows = decoder.sites.indices.map { layer in
      let place = network.hasEncoder ? 2 * layer % layers : layer
      return all.columns(place * width..<(place + 1) * width)
    }
    let prefix = PrefixTuning(
      Array(zip(decoder.sites, rows)), embeddingWidth: network.tokens.width)
    return (prefix, rows.flatMap(\.values))
  }

  package func saveAdapter(
    _ parameters: [Float], folder: String, base: String, for network: any TunableNetwork
  ) throws {
    let decoder = DecoderAttentions(network)
    guard sites.map(\.attention) == decoder.sites else {
      throw CheckpointError(
        file: folder, expected: "a prefix of the decoder's attention to its own text alone",
        found: "\(sites.count) attentions", hint: "PEFT has no others")
    }
    let count = decoder.sites.count
    let layers = network.hasEncoder ? count | 1 : count
    var places = [Tensor](
      repeating: Tensor(rows: length, width: decoder.width), count: layers)
    for (layer, tensor) in tensors(parameters).enumerated() {
      places[network.hasEncoder ? 2 * layer % layers : layer].values = tensor.values
    }
    let all = places.dropFirst().reduce(places[0]) { Tensor(joining: $0, $1) }
    let facts = decoder.facts.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    try Adapter.write(
      folder, type: "PREFIX_TUNING", base: base, for: network,
      [
        ("num_virtual_tokens", "\(length)"), ("num_layers", "\(layers)"),
        ("prefix_projection", "false"),
      ] + facts,
      tensors: [
        NamedTensor(name: "prompt_embeddings", shape: [length, all.width], values: all.values)
      ])
  }
}

/// A decoder's attentions to its own text, and what an adapter's configuration says of them.
private struct DecoderAttentions {
  let sites: [AttentionSite]
  /// Floats of keys and values of one layer.
  let width: Int
  let facts: [String: Int]

  init(_ network: any TunableNetwork) {
    var found: [(site: AttentionSite, heads: Int, width: Int)] = []
    var network = network
    network.changeAttentions { site, attention in
      guard site.kind == .decoder else { return }
      found.append((site, attention.how.keyHeads, attention.keyValueWidth))
    }
    sites = found.map(\.site)
    width = found[0].width
    facts = [
      "token_dim": width / 2, "num_attention_heads": found[0].heads,
      "num_transformer_submodules": network.hasEncoder ? 2 : 1,
    ]
  }
}
