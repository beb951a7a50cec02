/// Steps of learning that Firn and peers take in turn.
struct StepTurns {
  let subject, shape: String
  /// Their commands.
  let peers: [String]
  let rounds: Int

  /// Writes a line for every side; ratios are of the same round.
  ///
  /// - Throws: `ValidationError` when a peer ends or says something else.
  func run(_ report: ReportOptions, _ step: () throws -> Step) throws {
    let peers = try peers.map(TurnPeer.init)
    // The first round warms up.
    let turns = try (0...rounds).map { _ in
      [try step()] + (try peers.map { try $0.step() })
    }.dropFirst()
    for index in 0...peers.count {
      let sides = turns.map { $0[index] }
      try report.write(
        index == 0 ? subject : "\(subject) \(peers[index - 1].name)", shape,
        [
          "step s": median(sides.map(\.seconds.wall)), "cpu s": median(sides.map(\.seconds.cpu)),
          "ratio": median(zip(turns, sides).map { $1.seconds.wall / $0[0].seconds.wall }),
          "cpu ratio": median(zip(turns, sides).map { $1.seconds.cpu / $0[0].seconds.cpu }),
          "peak MB": (sides.last?.peakBytes ?? .nan) / 1e6, "loss": sides.last?.loss ?? .nan,
        ])
    }
  }
}

/// What one side did in a step.
struct Step {
  let seconds: Seconds
  let loss: Double
  /// The most bytes that the process ever had.
  let peakBytes: Double
}

extension TurnPeer {
  /// - Throws: `ValidationError` when the peer ends or says something else.
  fileprivate func step() throws -> Step {
    let fields = try turn("step_s", "cpu_s", "loss", "peak")
    func field(_ name: String) -> Double { fields[name] ?? .nan }
    return Step(
      seconds: Seconds(wall: field("step_s"), cpu: field("cpu_s")), loss: field("loss"),
      peakBytes: field("peak"))
  }
}
