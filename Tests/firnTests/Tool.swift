import Foundation
import Testing

/// A folder of a test's own, and the built tool, which runs in it.
final class Workplace {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "firn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  struct Result {
    let status: Int32
    let output: String
    let error: String

    func json() throws -> [String: Any] {
      try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] ?? [:]
    }
  }

  @discardableResult
  func write(_ name: String, _ lines: [String]) throws -> URL {
    let url = folder.appending(path: name)
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: url)
    return url
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  /// Runs `firn` to its end, or another program that is named by its path.
  @discardableResult
  func run(
    _ arguments: String..., with options: [String] = [], program: String? = nil,
    input: String? = nil
  ) throws -> Result {
    let process = Process()
    process.executableURL = program.map { URL(filePath: $0) } ?? Self.tool
    process.arguments = arguments + options
    process.currentDirectoryURL = folder
    // Files rather than pipes: a pipe that nobody reads would block the tool.
    let streams = try ["in", "out", "err"].map { name in
      let url = folder.appending(path: ".\(name)-\(UUID().uuidString)")
      try Data((name == "in" ? input ?? "" : "").utf8).write(to: url)
      return url
    }
    process.standardInput = try FileHandle(forReadingFrom: streams[0])
    process.standardOutput = try FileHandle(forWritingTo: streams[1])
    process.standardError = try FileHandle(forWritingTo: streams[2])
    try process.run()
    process.waitUntilExit()
    let texts = try streams.map { try String(contentsOf: $0, encoding: .utf8) }
    try streams.forEach(FileManager.default.removeItem)
    return Result(status: process.terminationStatus, output: texts[1], error: texts[2])
  }

  /// Runs the tool and kills it as soon as a file has this many lines, or when it has ended.
  func kill(_ arguments: [String], when file: String, has lines: Int) throws {
    let process = Process()
    process.executableURL = Self.tool
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    while process.isRunning {
      let text = (try? read(file)) ?? ""
      if text.count(where: \.isNewline) >= lines {
        Foundation.kill(process.processIdentifier, SIGKILL)
      }
      Thread.sleep(forTimeInterval: 0.002)
    }
  }

  /// The program that was built with these tests lies beside their bundle.
  static let tool = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "firn")
}

extension Workplace {
  static let corpus = [
    #"{"id": 1, "title": "Odyssey", "text": "The Odyssey is an epic poem by Homer."}"#,
    #"{"id": 2, "title": "Iliad", "text": "The Iliad, on the siege of Troy, is by Homer too."}"#,
    #"{"id": 3, "title": "Aeneid", "text": "The Aeneid is a Latin poem that Virgil wrote."}"#,
  ]

  static let questions = [
    #"{"id": "a", "question": "who wrote the aeneid", "answer": ["Virgil"], "passage_id": 3}"#,
    #"{"id": "b", "question": "siege of troy", "answer": ["Ilium"], "passage_id": 2}"#,
  ]

  /// A workplace with the corpus, the questions and an index without vectors.
  static func indexed() throws -> Workplace {
    let place = try Workplace()
    try place.write("corpus.jsonl", corpus)
    try place.write("questions.jsonl", questions)
    let built = try place.run("index", "corpus.jsonl", "--index", "tiny", "--encoder", "none")
    guard built.status == 0 else { throw CocoaError(.featureUnsupported, userInfo: ["": built]) }
    return place
  }
}

/// The records of JSON Lines.
func records(_ text: String) throws -> [[String: Any]] {
  try text.split(separator: "\n").map {
    try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
  }
}
