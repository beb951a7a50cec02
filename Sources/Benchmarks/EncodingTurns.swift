import ArgumentParser
import Tensors

/// The same texts through Firn and through peers, in turn.
struct EncodingTurns: ParsableArguments {
  @Option(help: "A peer's command; may be given several times.")
  var peer: [String] = []
  @Option(help: "How often each side runs.")
  var rounds = 3
  @Option(help: "How Firn computes.")
  var precision = Precision.float32
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if rounds < 1 { throw ValidationError("expected a positive --rounds, found \(rounds)") }
  }

  /// Times `own` and the peers on `records`, and writes rates per second and their ratios.
  func run(
    _ subject: String, _ unit: String, records: [[String: String]], own: () -> Void
  ) throws {
    let peers = try peer.map { try Peer(command: $0, records: records) }
    let count = Double(records.count)
    var rates: [[Rate]] = [[Rate]](repeating: [], count: peers.count + 1)
    for _ in 0..<rounds {
      let seconds = Seconds.of(own)
      rates[0].append(Rate(wall: count / seconds.wall, cpu: count / seconds.cpu))
      for (index, peer) in peers.enumerated() { rates[index + 1].append(try peer.run()) }
    }
    let shape = "\(records.count) \(unit) \(precision.rawValue)"
    let medians = rates.map(Rate.init(medianOf:))
    func write(_ name: String, _ rate: Rate) throws {
      try report.write(
        name, shape, ["\(unit)/s": rate.wall, "\(unit) per CPU second": rate.cpu])
    }
    try write(subject, medians[0])
    for (peer, rate) in zip(peers, medians.dropFirst()) {
      try write("\(subject) \(peer.name)", rate)
      try write(
        "\(subject) ratio to \(peer.name)",
        Rate(wall: medians[0].wall / rate.wall, cpu: medians[0].cpu / rate.cpu))
    }
  }
}

/// Items per second of time and of processor time.
struct Rate {
  let wall, cpu: Double

  init(wall: Double, cpu: Double) {
    self.wall = wall
    self.cpu = cpu
  }

  init(medianOf rates: [Rate]) {
    self.init(wall: median(rates.map(\.wall)), cpu: median(rates.map(\.cpu)))
  }
}
