import Native

/// Named tensors that a network is made of: those of a model folder, or of a vector that is learned.
protocol WeightSource: Sendable {
  /// Where they come from, for messages.
  var folder: String { get }
  /// All tensors, in alphabetical order.
  var names: [String] { get }

  func shape(of name: String) -> [Int]?

  /// A copy of a tensor's numbers, row-major.
  func tensor(_ name: String, shape: [Int]) throws -> [Float]

  /// A tensor's numbers where they are, in whatever form.
  func storedTable(_ name: String, shape: [Int]) throws -> StoredTable

  /// Where a tensor's gradient begins in a flat vector; nil where it is frozen.
  func place(of name: String) -> Int?

  /// Lets go of memory that comes back when it is touched.
  func releasePages()
}

extension WeightSource {
  func contains(_ name: String) -> Bool { shape(of: name) != nil }

  /// A tensor's stored name, given its name behind one of some prefixes; nil when there is none.
  func storedName(_ name: String, prefixes: [String]) -> String? {
    prefixes.lazy.map { $0 + name }.first(where: contains)
  }
}

extension WeightFiles: WeightSource {
  func place(of name: String) -> Int? { nil }
}

/// All weights of a network in one flat vector, each to be learned.
struct LearnedWeights: WeightSource {
  let folder: String
  let shapes: [String: [Int]]
  let slices: [String: ParameterLayout.Slice]
  let parameters: [Float]

  var names: [String] { shapes.keys.sorted() }

  func shape(of name: String) -> [Int]? { shapes[name] }

  func tensor(_ name: String, shape: [Int]) throws -> [Float] {
    guard let slice = slices[name], shapes[name] == shape else {
      throw CheckpointError(
        file: folder, tensor: name, expected: "shape \(shape)",
        found: shapes[name].map { "\($0)" } ?? "none")
    }
    return Array(parameters[slice.range])
  }

  func storedTable(_ name: String, shape: [Int]) throws -> StoredTable {
    StoredTable(FloatTable(try tensor(name, shape: shape)))
  }

  func place(of name: String) -> Int? { slices[name]?.offset }

  func releasePages() {}
}
