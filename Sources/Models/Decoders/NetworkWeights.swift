import Native
import Synchronization
import Tensors

/// Takes a network's layers out of its weights and notes which tensors they used: one that no layer
/// asks for is a sign of another architecture.
final class NetworkWeights: Sendable {
  private let files: any WeightSource
  /// What may stand before the network's own names.
  private let prefixes: [String]
  private let precision: Precision
  private let taken = Mutex<Set<String>>([])

  init(_ files: any WeightSource, prefixes: [String], _ precision: Precision) {
    self.files = files
    self.prefixes = prefixes
    self.precision = precision
  }

  func contains(_ name: String) -> Bool { files.storedName(name, prefixes: prefixes) != nil }

  /// The rows of a table, which its tensor knows better than the configuration: vocabularies grow.
  func rows(_ name: String) throws -> Int {
    guard let rows = files.shape(of: take(name))?.first else {
      throw CheckpointError(
        file: files.folder, tensor: name, expected: "that tensor", found: "none",
        hint: "another architecture?")
    }
    return rows
  }

  func embedding(_ name: String, rows: Int, width: Int) throws -> Embedding {
    let name = take(name)
    return Embedding(
      table: try files.storedTable(name, shape: [rows, width]), width: width,
      place: files.place(of: name))
  }

  func layerNorm(_ name: String, width: Int, epsilon: Float) throws -> LayerNorm {
    LayerNorm(
      gain: try files.tensor(take("\(name).weight"), shape: [width]),
      bias: try files.tensor(take("\(name).bias"), shape: [width]), epsilon: epsilon)
  }

  func rmsNorm(_ name: String, width: Int, epsilon: Float) throws -> RMSNorm {
    let name = take("\(name).weight")
    return RMSNorm(
      gain: try files.tensor(name, shape: [width]), epsilon: epsilon, place: files.place(of: name))
  }

  /// Linear maps of the same input, as one whose outputs stand side by side.
  ///
  /// - Parameter transposed: whether weights are stored `[inputs, outputs]`.
  func projection(
    _ maps: [(name: String, outputs: Int)], inputs: Int, bias: Bool, transposed: Bool = false
  ) throws -> Projection {
    let tables = try maps.map { map in
      let name = take("\(map.name).weight")
      guard transposed else { return try files.storedTable(name, shape: [map.outputs, inputs]) }
      let stored = try files.tensor(name, shape: [inputs, map.outputs])
      return StoredTable(
        FloatTable(Self.transpose(stored, rows: inputs, columns: map.outputs)))
    }
    let biases =
      try bias
      ? maps.map { try files.tensor(take("\($0.name).bias"), shape: [$0.outputs]) } : nil
    return Projection(
      StoredMatrix(tables, columns: inputs), bias: biases.map { Array($0.joined()) }, precision,
      maps: maps, places: maps.compactMap { place(of: $0.name, bias: bias) })
  }

  private func place(of name: String, bias: Bool) -> WeightPlace? {
    files.place(of: take("\(name).weight")).map {
      WeightPlace(weight: $0, bias: bias ? files.place(of: take("\(name).bias")) : nil)
    }
  }

  /// The map from states to logits: `lm_head` where it is stored, else the embeddings themselves.
  func head(tiedTo embedding: Embedding) throws -> Projection {
    let shape = [embedding.rows, embedding.width]
    let isTied = !contains("lm_head.weight")
    let table =
      try isTied ? embedding.table : files.storedTable(take("lm_head.weight"), shape: shape)
    let place = isTied ? embedding.place : files.place(of: take("lm_head.weight"))
    return Projection(
      StoredMatrix([table], columns: shape[1]), precision, maps: [("lm_head", shape[0])],
      places: place.map { [WeightPlace(weight: $0)] } ?? [])
  }

  /// Ends the loading: what was read of the files has been copied, but for embeddings, of which
  /// only rows that come up are wanted.
  ///
  /// - Parameter others: beginnings of the names of what is not wanted.
  /// - Throws: `CheckpointError` when a tensor is left over that is not a buffer known to be
  ///   computed anew.
  func requireAllTaken(beside others: [String] = []) throws {
    files.releasePages()
    let left = taken.withLock { taken in
      files.names.filter { name in
        !taken.contains(name) && !Self.buffers.contains(where: name.hasSuffix)
          && !others.contains(where: name.hasPrefix)
      }
    }
    guard let first = left.first else { return }
    throw CheckpointError(
      file: files.folder, tensor: first, expected: "no tensors beside the network's",
      found: "\(left.count)", hint: "another architecture?")
  }

  /// Masks, places and frequencies that old versions of the libraries stored.
  private static let buffers = [
    "position_ids", ".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", "decoder.version",
  ]

  private func take(_ name: String) -> String {
    let stored = files.storedName(name, prefixes: prefixes) ?? name
    taken.withLock { _ = $0.insert(stored) }
    return stored
  }

  private static func transpose(_ x: [Float], rows: Int, columns: Int) -> [Float] {
    var y = [Float](repeating: 0, count: x.count)
    for row in 0..<rows {
      for column in 0..<columns { y[column * rows + row] = x[row * columns + column] }
    }
    return y
  }
}
