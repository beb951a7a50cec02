import ArgumentParser
import Foundation
import Native
import Retrieval

/// How long BM25 indexes of growing corpora take to build, and how large they become.
struct Build: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times the building of BM25 indexes by their size, and a peer's.",
    discussion: """
      The corpus is one that `corpus` wrote, or any JSON Lines. A peer is a command that is called \
      with three more arguments: a file of the same passages, an empty folder and threads; its last \
      line of output is JSON with build_s, cpu_s, bytes and peak_bytes. Firn's peak is that of \
      this process so far, in which all sizes are built one after another.
      """)

  @Argument(help: "A corpus of JSON Lines.")
  var corpus: String
  @Option(help: "Numbers of passages from its beginning, ascending, with commas between.")
  var sizes = "10000,100000,1000000"
  @Option(help: "Memory for analysis, in MiB.")
  var memory = 512
  @Option(help: "Passages to extrapolate to.")
  var goal = 21_015_324
  @Option(help: "The peer's command.")
  var peer: String?
  @OptionGroup var report: ReportOptions

  private struct Cost: Decodable {
    var wall, cpu, bytes, peak: Double

    enum CodingKeys: String, CodingKey {
      case wall = "build_s"
      case cpu = "cpu_s"
      case bytes
      case peak = "peak_bytes"
    }
  }

  func run() throws {
    report.begin()
    let counts = sizes.split(separator: ",").compactMap { Int($0) }
    guard !counts.isEmpty, counts == counts.sorted(), counts[0] > 0 else {
      throw ValidationError("--sizes: expected ascending numbers, found “\(sizes)”")
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "build-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var costs: [Cost] = []
    for count in counts {
      let file = folder.appending(path: "corpus.jsonl").path
      try copyLines(count, to: file)
      let own = try build(file, folder.appending(path: "firn").path)
      try write("build", count, own)
      costs.append(own)
      guard let peer else { continue }
      let other = try run(peer, file, folder.appending(path: "peer"))
      try write("build peer", count, other)
      try report.write(
        "build ratio", "\(count) passages",
        [
          "time": other.wall / own.wall, "CPU time": other.cpu / own.cpu,
          "peak memory": other.peak / own.peak,
        ])
    }
    try extrapolate(counts, costs)
  }

  private func copyLines(_ count: Int, to path: String) throws {
    let reader = try LineReader(path: corpus)
    try replaceFile(at: path) { file in
      var lines: [UInt8] = []
      while reader.line < count, let line = try reader.next() {
        lines += line
        lines.append(0x0A)
        guard lines.count > 1 << 20 else { continue }
        try file.write(lines)
        lines.removeAll(keepingCapacity: true)
      }
      try file.write(lines)
    }
    guard reader.line == count else {
      throw ValidationError("expected \(count) passages in \(corpus), found \(reader.line)")
    }
  }

  private func build(_ corpus: String, _ path: String) throws -> Cost {
    try? FileManager.default.removeItem(atPath: path)
    let builder = IndexBuilder(path: path, settings: IndexSettings(), memory: memory << 20)
    let seconds = try Seconds.of {
      _ = try builder.build { body in
        try CorpusReader(paths: [corpus], format: .jsonl).forEachPassage(body)
      }
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: path + "/index.sqlite")
    return Cost(
      wall: seconds.wall, cpu: seconds.cpu,
      bytes: (attributes[.size] as? Int).map(Double.init) ?? .nan, peak: Memory.now().peak)
  }

  private func run(_ peer: String, _ corpus: String, _ folder: URL) throws -> Cost {
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", peer + " \"$@\"", "sh", corpus, folder.path, "\(report.threads)"]
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let line = output.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    guard let cost = try? JSONDecoder().decode(Cost.self, from: Data(line.utf8)) else {
      throw ValidationError(
        "expected a last line with build_s, cpu_s, bytes and peak_bytes from the peer, found "
          + "“\(line.prefix(80))”")
    }
    return cost
  }

  private func write(_ subject: String, _ count: Int, _ cost: Cost) throws {
    let passages = Double(count)
    try report.write(
      subject, "\(count) passages",
      [
        "s": cost.wall, "CPU s": cost.cpu, "µs/passage": cost.wall / passages * 1e6,
        "bytes/passage": cost.bytes / passages, "peak MiB": cost.peak / 1_048_576,
      ])
  }

  /// What each passage between the two largest sizes cost, for all up to the goal.
  private func extrapolate(_ counts: [Int], _ costs: [Cost]) throws {
    guard counts.count > 1, let count = counts.last, let cost = costs.last else { return }
    let (before, less) = (costs[costs.count - 2], counts[counts.count - 2])
    func value(_ part: (Cost) -> Double) -> Double {
      part(cost) + (part(cost) - part(before)) * Double(goal - count) / Double(count - less)
    }
    try report.write(
      "build extrapolated", "\(goal) passages",
      ["min": value(\.wall) / 60, "CPU min": value(\.cpu) / 60, "GB": value(\.bytes) / 1e9])
  }
}
