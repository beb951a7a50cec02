import ArgumentParser
import Foundation
import Native

/// What every subject takes.
struct ReportOptions: ParsableArguments {
  @Flag(help: "Print one JSON object per line.")
  var json = false
  @Option(help: "Threads of Firn's own.")
  var threads = 1

  var arguments: [String] { ["--threads", "\(threads)"] + (json ? ["--json"] : []) }

  func validate() throws {
    #if DEBUG
      throw ValidationError("a debug build measures nothing: use swift run -c release Benchmarks")
    #else
      guard threads > 0 else {
        throw ValidationError("expected at least one thread, found \(threads)")
      }
    #endif
  }

  func begin() {
    Parallel.threads = threads
    keepFreedMemory()
  }

  /// One line of named figures.
  func write(_ subject: String, _ shape: String, _ figures: KeyValuePairs<String, Double>) throws {
    if json {
      var fields: [String: Any] = ["subject": subject, "shape": shape, "threads": threads]
      for (name, value) in figures { fields[name] = value }
      let line = try JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)
      print(String(decoding: line, as: UTF8.self))
    } else {
      let columns = figures.map { "\($0.key) \(String(format: "%.4g", $0.value))" }
      print("\(subject)  \(shape)  \(columns.joined(separator: "  "))")
    }
  }
}

/// Seconds of a piece of work: by the clock on the wall, and by the processor's account of this
/// process, which on a busy computer says more.
struct Seconds {
  var wall, cpu: Double

  static func of(_ body: () throws -> Void) rethrows -> Seconds {
    let (start, used) = (ContinuousClock.now, clock())
    try body()
    let wall = (ContinuousClock.now - start) / .seconds(1)
    return Seconds(wall: wall, cpu: Double(clock() - used) / Double(CLOCKS_PER_SEC))
  }
}

func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "expected at least one value, found none")
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
