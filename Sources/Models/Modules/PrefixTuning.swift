import Foundation
import Tensors

/// Keys and values before those of every text, in every layer of a frozen network.
///
/// They may be learned through a network of their own, which is folded away when they are saved:
///
///     rows = W₂ tanh(W₁ E + b₁) + b₂,   E [length, embedding width]
///
/// - Source: Li & Liang 2021, arXiv:2101.00190.
package struct PrefixTuning: InsideModule {
  package static let kind = "prefix"

  package let length: Int
  package let layout: ParameterLayout
  let sites: [Site]
  private let reparametrization: Reparametrization?

  /// One attention's rows: keys of all heads, then values.
  struct Site: Equatable, Sendable {
    let attention: AttentionSite
    let width: Int
    /// Where its rows begin among those of all attentions, in floats.
    let offset: Int

    var name: String { "prefix.\(attention.kind.rawValue).\(attention.layer)" }
  }

  private struct Reparametrization: Sendable {
    let embedding: ParameterLayout.Slice
    let up, out: LearnedMap
  }

  /// - Parameters:
  ///   - kinds: which attentions; those that the network does not have are none.
  ///   - hidden: the width of the network that the rows are learned through; nil learns them.
  package init(
    length: Int, kinds: Set<AttentionSite.Kind> = Set(AttentionSite.Kind.allCases),
    hidden: Int? = nil, network: any TunableNetwork
  ) {
    let attentions = network.attentionWidths.filter { kinds.contains($0.site.kind) }
    self.init(length: length, attentions, hidden: hidden, embeddingWidth: network.tokens.width)
  }

  /// - Parameter attentions: each with the floats of its keys and values.
  init(
    length: Int, _ attentions: [(site: AttentionSite, width: Int)], hidden: Int? = nil,
    embeddingWidth: Int
  ) {
    precondition(
      length > 0 && !attentions.isEmpty, "expected vectors for at least one attention")
    var offset = 0
    sites = attentions.map { attention in
      defer { offset += length * attention.width }
      return Site(attention: attention.site, width: attention.width, offset: offset)
    }
    self.length = length
    var layout = ParameterLayout()
    if let hidden {
      reparametrization = Reparametrization(
        embedding: layout.append("embedding", rows: length, columns: embeddingWidth),
        up: LearnedMap("up", from: embeddingWidth, to: hidden, in: &layout),
        out: LearnedMap("out", from: hidden, to: offset / length, in: &layout))
    } else {
      for site in sites { _ = layout.append(site.name, rows: length, columns: site.width) }
      reparametrization = nil
    }
    self.layout = layout
  }

  /// Whether it is all that PEFT has a place for.
  package var isOfDecoderAlone: Bool { sites.allSatisfy { $0.attention.kind == .decoder } }

  package var places: Int { length }
  var insideCount: Int { sites.reduce(0) { $0 + length * $1.width } }

  // MARK: In place

  func attached(to network: any TunableNetwork, parameters: [Float]) -> any TunableNetwork {
    let rows = folded(parameters)
    let places = Dictionary(uniqueKeysWithValues: sites.map { ($0.attention, $0) })
    var network = network
    network.changeAttentions { attention, change in
      guard let site = places[attention] else { return }
      change.attach(prefix: self.rows(rows, site), offset: site.offset)
    }
    return network
  }

  package func applied(
    to network: any TunableNetwork, parameters: [Float]
  ) -> any GenerativeNetwork {
    attached(to: network, parameters: parameters)
  }

  /// One attention's rows among those of all.
  func rows(_ inside: [Float], _ site: Site) -> Tensor {
    let count = length * site.width
    return Tensor(
      rows: length, width: site.width, values: Array(inside[site.offset..<site.offset + count]))
  }

  /// The rows of all attentions, one after another.
  func folded(_ parameters: [Float]) -> [Float] {
    guard let reparametrization else { return parameters }
    let all = forward(reparametrization, parameters).rows
    var column = 0
    return sites.flatMap { site -> [Float] in
      defer { column += site.width }
      return all.columns(column..<column + site.width).values
    }
  }

  private func forward(
    _ network: Reparametrization, _ parameters: [Float]
  ) -> (embedding: Tensor, hidden: Tensor, rows: Tensor) {
    let embedding = Tensor(parameters, network.embedding)
    var hidden = network.up(embedding, parameters)
    for i in hidden.values.indices { hidden.values[i] = tanh(hidden.values[i]) }
    return (embedding, hidden, network.out(hidden, parameters))
  }

  func backward(_ inside: [Float], parameters: [Float], addingTo gradient: inout [Float]) {
    guard let reparametrization else { return add(inside, to: &gradient, from: 0) }
    let dRows = sites.dropFirst().reduce(rows(inside, sites[0])) {
      Tensor(joining: $0, rows(inside, $1))
    }
    let (embedding, hidden, _) = forward(reparametrization, parameters)
    var dHidden = reparametrization.out.backward(dRows, from: hidden, parameters, into: &gradient)
    for i in dHidden.values.indices {
      dHidden.values[i] *= 1 - hidden.values[i] * hidden.values[i]
    }
    let dEmbedding = reparametrization.up.backward(
      dHidden, from: embedding, parameters, into: &gradient)
    add(dEmbedding.values, to: &gradient, from: reparametrization.embedding.offset)
  }

  // MARK: Initialization

  /// The keys and values that the network gives tokens, or numbers of their size; through a
  /// network of its own, the tokens' embeddings and small weights.
  package func initialParameters(
    _ start: LearningStart, _ network: any TunableNetwork, seed: UInt64
  ) -> [Float] {
    if let parameters = initialParameters(
      through: start.rows(length, network.tokens, seed: seed), seed: seed)
    {
      return parameters
    }
    let tokens = start.tokens(length, seed: seed)
    let some = (0..<length).map { Int32(7919 * $0 % network.vocabularySize) }
    let all = zip(network.attentionWidths, network.keysAndValues(of: tokens ?? some))
    let values = Dictionary(uniqueKeysWithValues: all.map { ($0.site, $1) })
    return sites.enumerated().flatMap { index, site -> [Float] in
      let rows = values[site.attention]!
      if tokens != nil { return rows.values }
      return Tensor.random(
        rows: length, width: site.width, size: rows.size, seed: seed &+ UInt64(index)
      ).values
    }
  }

  /// The same through a network of its own, from the embeddings of tokens; nil without one.
  func initialParameters(through embeddings: @autoclosure () -> Tensor, seed: UInt64) -> [Float]? {
    guard let reparametrization else { return nil }
    var parameters = [Float](repeating: 0, count: layout.count)
    parameters.replaceSubrange(reparametrization.embedding.range, with: embeddings().values)
    var random = SplitMix64(seed: seed &+ 1)
    reparametrization.up.initialize(&parameters, using: &random)
    reparametrization.out.initialize(&parameters, using: &random)
    return parameters
  }

  // MARK: Files

  package func tensors(_ parameters: [Float]) -> [NamedTensor] {
    let rows = folded(parameters)
    return sites.map {
      NamedTensor(name: $0.name, shape: [length, $0.width], values: self.rows(rows, $0).values)
    }
  }

  package var facts: ModuleFacts { ModuleFacts(promptLength: length) }

  /// The prefix of a module file, and its numbers.
  ///
  /// - Throws: `CheckpointError` when it holds rows for attentions that the network does not have.
  package static func read(
    _ module: ModuleFile, path: String, for network: any TunableNetwork
  ) throws -> (PrefixTuning, [Float]) {
    guard let length = module.promptLength, (1..<1 << 24).contains(length) else {
      throw CheckpointError(
        file: path, expected: "prompt_length in the metadata",
        found: "\(module.promptLength ?? 0)")
    }
    let names = Set(module.tensors.map(\.name))
    let prefix = PrefixTuning(
      length: length, try network.attentions(named: names, path: path),
      embeddingWidth: network.tokens.width)
    return (prefix, try prefix.layout.parameters(of: module))
  }

  /// A prefix of these rows.
  ///
  /// - Requires: rows for at least one attention, as many for each.
  init(
    _ rows: [(site: AttentionSite, rows: Tensor)], embeddingWidth: Int
  ) {
    self.init(
      length: rows.first?.rows.rows ?? 0, rows.map { ($0.site, $0.rows.width) },
      embeddingWidth: embeddingWidth)
  }
}

extension TunableNetwork {
  /// Every attention, with the floats of its keys and values.
  var attentionWidths: [(site: AttentionSite, width: Int)] {
    var widths: [(site: AttentionSite, width: Int)] = []
    var network = self
    network.changeAttentions { widths.append(($0, $1.keyValueWidth)) }
    return widths
  }

  /// Those that tensors of a prefix are named after.
  fileprivate func attentions(
    named names: Set<String>, path: String
  ) throws(CheckpointError) -> [(site: AttentionSite, width: Int)] {
    func name(_ site: AttentionSite) -> String {
      PrefixTuning.Site(attention: site, width: 0, offset: 0).name
    }
    let found = attentionWidths.filter { names.contains(name($0.site)) }
    if let stray = names.subtracting(found.map { name($0.site) }).min() {
      throw CheckpointError(
        file: path, tensor: stray, expected: "an attention of the network", found: "no such one")
    }
    // All layers of a kind, or places in texts would differ from layer to layer.
    for (site, _) in attentionWidths
    where !names.contains(name(site)) && found.contains(where: { $0.site.kind == site.kind }) {
      throw CheckpointError(
        file: path, tensor: name(site), expected: "rows for every layer", found: "none")
    }
    guard !found.isEmpty else {
      throw CheckpointError(file: path, expected: "rows for an attention", found: "none")
    }
    return found
  }
}
