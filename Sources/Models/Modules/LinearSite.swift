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
