import Native
import Tensors

/// The linear maps of a BERT layer that a module can attach to.
package enum LinearSite: String, CaseIterable, Sendable {
  case query, key, value, attentionOutput, up, down

  var path: WritableKeyPath<BERT.Layer, Linear> & Sendable {
    switch self {
    case .query: \.query
    case .key: \.key
    case .value: \.value
    case .attentionOutput: \.attentionOutput
    case .up: \.up
    case .down: \.down
    }
  }
}

extension BERT {
  /// The same network with other linear maps, made on all threads.
  func replacingLinears(
    _ replacement: @Sendable (_ layer: Int, _ site: LinearSite, Linear) -> Linear
  ) -> BERT {
    let sites = LinearSite.allCases
    let linears = Parallel.map(layers.count * sites.count) { index in
      let (layer, site) = (index / sites.count, sites[index % sites.count])
      return replacement(layer, site, layers[layer][keyPath: site.path])
    }
    var network = self
    for (index, linear) in linears.enumerated() {
      network.layers[index / sites.count][keyPath: sites[index % sites.count].path] = linear
    }
    return network
  }
}
