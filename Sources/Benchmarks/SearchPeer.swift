import ArgumentParser
import Foundation

/// Another program that holds the same vectors and searches them when asked.
final class SearchPeer {
  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()
  private var pending = Data()

  /// - Throws: `ValidationError` when it does not say that it is ready.
  init(command: String, arguments: [String]) throws {
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command + " \"$@\"", "sh"] + arguments
    process.standardInput = requests
    process.standardOutput = answers
    try process.run()
    let line = nextLine()
    guard line == "ready" else {
      throw ValidationError("expected “ready” from the peer, found “\(line.prefix(80))”")
    }
  }

  /// One search for `count` queries.
  func run(_ count: Int) throws -> Seconds {
    let numbers = try ask("\(count)", 2)
    return Seconds(wall: numbers[0], cpu: numbers[1])
  }

  /// The positive numbers on the line that answers a request.
  ///
  /// - Throws: `ValidationError` when there are not `count` of them.
  func ask(_ request: String, _ count: Int) throws -> [Double] {
    requests.fileHandleForWriting.write(Data("\(request)\n".utf8))
    let line = nextLine()
    // Threads of some libraries go on looking for work for a while, in the way of who comes next.
    Thread.sleep(forTimeInterval: 0.1)
    let numbers = line.split(separator: " ").compactMap { Double($0) }
    guard numbers.count == count, numbers.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("expected \(count) times from the peer, found “\(line.prefix(80))”")
    }
    return numbers
  }

  /// The next line; what there is at the end of the output.
  private func nextLine() -> String {
    while true {
      if let end = pending.firstIndex(of: 0x0A) {
        let line = String(decoding: pending[pending.startIndex..<end], as: UTF8.self)
        pending = Data(pending[(end + 1)...])
        return line
      }
      let more = answers.fileHandleForReading.availableData
      if more.isEmpty { return String(decoding: pending, as: UTF8.self) }
      pending += more
    }
  }

  deinit {
    try? requests.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
