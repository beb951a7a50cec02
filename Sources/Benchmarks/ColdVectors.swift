import ArgumentParser
import Foundation
import Native
import Retrieval

/// Flat search over vectors of which memory holds nothing when a search begins.
struct ColdVectors: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cold",
    abstract: "Times flat vector search where every vector comes from the disk.",
    discussion: """
      So it is with vectors that are larger than memory. The kernel forgets the file before every \
      search, and the search takes the file for too large to be kept. Beside it stand the time to \
      read the same file, as forgotten, from front to back, and the memory that searches leave in \
      use besides the file's pages. Under `ulimit -d KIBIBYTES` they can use no more than that.
      """)

  @Option(help: "Vectors.")
  var count = 1_000_000
  @Option(help: "Numbers in a vector.")
  var dimension = 384
  @Option(help: "Hits of a query.")
  var top = 100
  @Option(help: "How often everything runs.")
  var rounds = 3
  @OptionGroup var report: ReportOptions

  private static let batch = 64

  func validate() throws {
    guard count > 0, dimension > 0, top > 0, rounds > 0 else {
      throw ValidationError("expected positive numbers")
    }
  }

  func run() throws {
    report.begin()
    let cloud = VectorCloud(dimension: dimension, clusters: 1000, seed: 1)
    let queries = cloud.vectors(Self.batch, seed: 2)
    let path = FileManager.default.temporaryDirectory.appending(path: "cold-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    for storage in VectorStorage.allCases {
      try cloud.write(count, storage, to: path)
      try time(storage, queries, path)
    }
  }

  private func time(_ storage: VectorStorage, _ queries: [Float], _ path: String) throws {
    var reading: [Double] = []
    var searches: [Int: [Double]] = [:]
    let before = Memory.now().anonymous
    for _ in 0..<rounds {
      try forget(path)
      reading.append(try Seconds.of { try readAll(path) }.wall)
      for size in [1, Self.batch] {
        try forget(path)
        let vectors = Array(queries.prefix(size * dimension))
        let seconds = try Seconds.of {
          let file = try VectorFile(path: path, memory: 0)
          _ = file.search(vectors, count: size, top: top)
        }
        searches[size, default: []].append(seconds.wall)
      }
    }
    let bytes = try size(path)
    let read = median(reading)
    try report.write(
      "cold \(storage)", "\(count) x \(dimension)",
      [
        "GB": bytes / 1e9, "read s": read, "read GB/s": bytes / 1e9 / read,
        "1 query s": median(searches[1] ?? []),
        "\(Self.batch) queries s": median(searches[Self.batch] ?? []),
        "anonymous MB": (Memory.now().anonymous - before) / 1e6,
      ])
  }

  /// Makes the kernel drop what it keeps of a file, which nothing may have mapped.
  private func forget(_ path: String) throws {
    let file = try FileHandle(forReadingFrom: URL(filePath: path))
    defer { try? file.close() }
    let status = posix_fadvise(file.fileDescriptor, 0, 0, POSIX_FADV_DONTNEED)
    guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EIO) }
  }

  private func size(_ path: String) throws -> Double {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.size] as? Int).map(Double.init) ?? .nan
  }

  /// Reads a file in as many stretches at once as there are threads.
  private func readAll(_ path: String) throws {
    let bytes = Int(try size(path))
    let threads = report.threads
    _ = try Parallel.map(threads) { thread in
      guard let file = FileHandle(forReadingAtPath: path) else { return 0 }
      defer { try? file.close() }
      var place = bytes * thread / threads
      let end = bytes * (thread + 1) / threads
      try file.seek(toOffset: UInt64(place))
      while place < end, let data = try file.read(upToCount: min(1 << 20, end - place)) {
        place += data.count
      }
      return place
    }
  }
}
