import Models
import Native
import Tensors

/// The embedded re-ranker: a learned combination of retrieval scores, late interaction over a frozen
/// network's token vectors, and overlaps of words.
package struct LateInteractionReranker: Sendable {
  package static let kind = "reranker"

  package let features: RankingFeatures
  package let network: RankingNetwork
  package let scale: FeatureScale
  package let parameters: [Float]

  package init(
    encoder: TokenEncoder, scale: FeatureScale, parameters: [Float],
    network: RankingNetwork = RankingNetwork()
  ) {
    features = RankingFeatures(encoder: encoder)
    self.network = network
    self.scale = scale
    self.parameters = parameters
  }

  /// - Throws: `CheckpointError` when the module is of another kind or has other features.
  package init(_ module: ModuleFile, encoder: TokenEncoder) throws {
    guard module.kind == Self.kind else {
      throw CheckpointError(
        file: "module \(module.kind)", expected: "a module of the kind \(Self.kind)",
        found: module.kind)
    }
    guard module.settings["features"] == Self.featureNames else {
      throw CheckpointError(
        file: "module \(module.kind)", expected: "the features \(Self.featureNames)",
        found: module.settings["features"] ?? "none", hint: "tune the re-ranker again")
    }
    let network = RankingNetwork()
    self.init(
      encoder: encoder,
      scale: FeatureScale(
        mean: try module.tensor("features.mean", shape: [RankingFeature.count]),
        deviation: try module.tensor("features.deviation", shape: [RankingFeature.count])),
      parameters: try network.layout.parameters(of: module), network: network)
  }

  private static let featureNames = RankingFeature.allCases.map { "\($0)" }.joined(separator: " ")

  /// What a module of this re-ranker states.
  package var settings: [String: String] { ["features": Self.featureNames] }

  /// What a module of this re-ranker holds.
  package var tensors: [NamedTensor] {
    network.layout.tensors(parameters) + [
      NamedTensor(name: "features.mean", shape: [scale.mean.count], values: scale.mean),
      NamedTensor(
        name: "features.deviation", shape: [scale.deviation.count], values: scale.deviation),
    ]
  }

  /// One score per candidate of each request, comparable within a request: softmax over them is the
  /// probability of being the passage that was meant.
  ///
  /// - Throws: what `weights.idf` throws.
  package func scores(_ requests: [RerankingRequest], weights: TermWeights) throws -> [[Float]] {
    try features(requests, weights: weights).map { network(scale($0), parameters: parameters) }
  }
}
