import Foundation

/// How far long work is, with its rate and the time left, on standard error: on a terminal one line
/// that is drawn over and over, else a plain line every few seconds and at the end of each phase.
final class ProgressLine {
  private let isQuiet: Bool
  private let isTerminal: Bool
  private var phase = ""
  private var began = Date()
  private var first = 0
  private var shown = Date.distantPast

  init(quiet: Bool, terminal: Bool = Console.errorIsTerminal) {
    isQuiet = quiet
    isTerminal = terminal
  }

  /// Call as often as is convenient; most calls print nothing.
  func update(_ phase: String, _ done: Int, of total: Int?) {
    if isQuiet { return }
    if phase != self.phase { begin(phase, at: done, of: total) }
    let now = Date()
    let isEnd = done == total
    let pause = isTerminal ? 0.1 : 5
    guard isEnd || now.timeIntervalSince(shown) >= pause else { return }
    shown = now
    let text = line(done, total, seconds: now.timeIntervalSince(began))
    Console.writeError(isTerminal ? "\r\(text)\u{1B}[K\(isEnd ? "\n" : "")" : text + "\n")
  }

  /// The same for work that Ctrl-C may stop between two reports.
  /// - Throws: `InterruptedError`.
  func reportOrStop(_ phase: String, _ done: Int, of total: Int?) throws {
    update(phase, done, of: total)
    try Interruption.check()
  }

  /// A phase's first report may come when part of it is done: the rate counts from there.
  private func begin(_ phase: String, at done: Int, of total: Int?) {
    self.phase = phase
    began = Date()
    first = done == total ? 0 : done
    shown = isTerminal ? .distantPast : began
  }

  private func line(_ done: Int, _ total: Int?, seconds: TimeInterval) -> String {
    let rate = Double(done - first) / max(seconds, 1e-3)
    let speed = seconds > 0.5 && rate > 0 ? ", \(Self.number(rate))/s" : ""
    guard let total else { return "\(phase): \(done)\(speed)" }
    if done == total { return "\(phase): \(done) of \(total)\(speed)" }
    let left = speed.isEmpty ? "" : ", \(Self.time(Double(total - done) / rate)) left"
    let text = "\(phase): \(done) of \(total)\(speed)\(left)"
    return isTerminal ? "\(bar(done, total, beside: text.count)) \(text)" : text
  }

  private func bar(_ done: Int, _ total: Int, beside count: Int) -> String {
    let width = max(0, min(24, Console.width - count - 4))
    let full = total == 0 ? width : width * done / total
    return "[" + String(repeating: "=", count: full)
      + String(repeating: " ", count: width - full) + "]"
  }

  static func number(_ value: Double) -> String {
    String(format: value < 10 ? "%.1f" : "%.0f", value)
  }

  /// Seconds as `45 s`, `3 min 20 s` or `2 h 5 min`.
  static func time(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded())
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
  }
}
