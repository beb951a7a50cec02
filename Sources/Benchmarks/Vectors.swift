import ArgumentParser
import Foundation
import Native
import Retrieval
import Tensors

/// Flat search over each storage of vectors, in turn with a peer's on the same float32 vectors.
struct Vectors: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times flat vector search by storage, with its recall, and a peer's.",
    discussion: """
      A peer is a command that is called with five more arguments: a file of float32 vectors \
      behind 64 bytes, one of queries without, the dimension, the size of a ranking and threads. \
      For every number of queries that it reads on a line it writes the seconds of one search, \
      and those of processor time.
      """)

  @Option(help: "Vectors.")
  var count = 500_000
  @Option(help: "Numbers in a vector.")
  var dimension = 384
  @Option(help: "Clusters that they are drawn from.")
  var clusters = 1000
  @Option(help: "Hits of a query.")
  var top = 100
  @Option(help: "How often every side runs.")
  var rounds = 9
  @Option(help: "The peer's command.")
  var peer: String?
  @OptionGroup var report: ReportOptions

  private static let batch = 64
  /// Bytes before a file's first vector.
  private static let header = 64

  func validate() throws {
    guard count > 0, dimension > 0, clusters > 0, top > 0, rounds > 0 else {
      throw ValidationError("expected positive numbers")
    }
  }

  func run() throws {
    report.begin()
    let folder = FileManager.default.temporaryDirectory.appending(path: "vectors-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cloud = VectorCloud(dimension: dimension, clusters: clusters, seed: 1)
    let files = try VectorStorage.allCases.map { storage in
      let path = folder.appending(path: storage.rawValue).path
      try cloud.write(count, storage, to: path)
      return try VectorFile(path: path)
    }
    let queries = cloud.vectors(Self.batch, seed: 2)
    let queryFile = folder.appending(path: "queries").path
    try replaceFile(at: queryFile) { try $0.write(queries) }
    let peer = try peer.map { command in
      try SearchPeer(
        command: command,
        arguments: [folder.appending(path: VectorStorage.float32.rawValue).path, queryFile]
          + [dimension, top, report.threads].map(String.init))
    }
    try recall(files, queries)
    try reading(folder.appending(path: VectorStorage.float32.rawValue).path)
    for size in [1, Self.batch] { try time(files, queries, size, peer) }
  }

  /// How long it takes to read all float32 vectors once, which no scan of them can undercut.
  private func reading(_ path: String) throws {
    let file = try MappedFile(path: path)
    let piece = 1 << 18
    let pieces = (file.count - Self.header) / 4 / piece
    let times = (0...rounds).map { _ in
      Seconds.of {
        Parallel.forEach(pieces) { index in
          let part = file.floats(at: Self.header + 4 * piece * index, count: piece)
          precondition(Kernels.max(part) <= 1, "expected unit vectors")
        }
      }
    }.dropFirst()
    try report.write("vectors read", "\(count) x \(dimension)", figures(Array(times)))
  }

  /// Share of the exact best that each storage finds; the first file is the exact one.
  private func recall(_ files: [VectorFile], _ queries: [Float]) throws {
    let exact = files[0].search(queries, count: Self.batch, top: top)
    for file in files.dropFirst() {
      let found = file.search(queries, count: Self.batch, top: top)
      func recall(_ depth: Int) -> Double {
        let shares = zip(exact, found).map { exact, found in
          let expected = Set(exact.prefix(depth).map(\.row))
          return Double(expected.intersection(found.prefix(depth).map(\.row)).count)
            / Double(max(1, expected.count))
        }
        return shares.reduce(0, +) / Double(shares.count)
      }
      try report.write(
        "vectors recall", "\(file.storage)",
        ["recall@10": recall(10), "recall@top": recall(top)])
    }
  }

  private func time(
    _ files: [VectorFile], _ queries: [Float], _ size: Int, _ peer: SearchPeer?
  ) throws {
    var own = [[Seconds]](repeating: [], count: files.count)
    var theirs: [Seconds] = []
    for round in 0...rounds {
      let first = round * size % Self.batch * dimension
      let batch = Array(queries[first..<(first + size * dimension)])
      let seconds = files.map { file in
        Seconds.of { _ = file.search(batch, count: size, top: top) }
      }
      let other = try peer?.run(size)
      // The first round warms up.
      if round == 0 { continue }
      for (place, time) in seconds.enumerated() { own[place].append(time) }
      if let other { theirs.append(other) }
    }
    let shape = "\(size) of \(count) x \(dimension)"
    for (file, times) in zip(files, own) {
      try report.write("vectors \(file.storage)", shape, figures(times))
    }
    guard !theirs.isEmpty else { return }
    try report.write("vectors peer", shape, figures(theirs))
    for (file, times) in zip(files, own) {
      try report.write(
        "vectors ratio \(file.storage)", shape,
        [
          "ratio": median(theirs.map(\.wall)) / median(times.map(\.wall)),
          "ratio of CPU time": median(theirs.map(\.cpu)) / median(times.map(\.cpu)),
        ])
    }
  }

  private func figures(_ times: [Seconds]) -> KeyValuePairs<String, Double> {
    [
      "ms": median(times.map(\.wall)) * 1e3, "CPU ms": median(times.map(\.cpu)) * 1e3,
      "least ms": (times.map(\.wall).min() ?? 0) * 1e3,
    ]
  }
}
