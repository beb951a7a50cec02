import Foundation
import Native
import Tensors

/// The most probable answers that a search of limited breadth finds, by the rules of `transformers`
/// 5, so that its answers come out the same.
///
/// Every step keeps the `beams` best unfinished answers of each prompt. Of the best 2 · beams (more
/// with several stop tokens) continuations, those among the first `beams` that stop are finished and
/// ranked by log-probability / lengthᵖ.
/// - Source: Graves 2012, arXiv:1211.3711; length penalty: Wu et al. 2016, arXiv:1609.08144.
struct BeamSearch<Network: GenerativeNetwork> {
  private let network: Network
  private let settings: BeamSettings
  private let stopTokens: [Int32]
  private let maxTokens: Int

  init(_ network: Network, _ beams: BeamSettings, _ settings: GenerationSettings) {
    precondition(beams.beams > 0, "expected at least one beam, found \(beams.beams)")
    self.network = network
    self.settings = beams
    stopTokens = settings.stopTokens
    maxTokens = settings.maxTokens
  }

  private struct Beam {
    var answer = Generated()
    /// ln p of the whole answer.
    var score: Float = 0
    /// Which row of the logits it continues.
    var row = 0
  }

  /// One prompt's search.
  private struct Search {
    let prompt: Int
    var running: [Beam]
    /// Best first, with their ranks.
    var finished: [(beam: Beam, rank: Float)] = []
  }

  /// - Parameters:
  ///   - logits: of each prompt's first token.
  ///   - cache: after the prompts.
  func run(_ logits: Tensor, _ cache: DecoderCache) -> [Generated] {
    var (logits, cache) = (logits, cache)
    var searches = (0..<logits.rows).map { Search(prompt: $0, running: [Beam(row: $0)]) }
    var answers = searches.map { _ in Generated() }
    for length in 1...maxTokens {
      for index in searches.indices {
        let place = cache.lengths[searches[index].running[0].row]
        let isLast = length == maxTokens || place >= network.maxPositions ?? .max
        advance(&searches[index], logits, length: length, isLast: isLast)
      }
      for search in searches where isOver(search, length: length) {
        answers[search.prompt] = search.finished[0].beam.answer
      }
      searches.removeAll { isOver($0, length: length) }
      if searches.isEmpty { break }
      cache.select(searches.flatMap { $0.running.map(\.row) })
      logits = network.step(
        searches.flatMap { $0.running.map { $0.answer.ids[length - 1] } }, &cache)
      var row = 0
      for index in searches.indices {
        for beam in searches[index].running.indices {
          searches[index].running[beam].row = row
          row += 1
        }
      }
    }
    return answers
  }

  private func advance(_ search: inout Search, _ logits: Tensor, length: Int, isLast: Bool) {
    let beams = settings.beams
    let wanted = max(2, 1 + stopTokens.count) * beams
    var running: [Beam] = []
    for (rank, candidate) in best(search.running, logits, wanted).enumerated() {
      var beam = search.running[candidate.beam]
      beam.answer.ids.append(candidate.token)
      beam.answer.logProbabilities.append(candidate.logProbability)
      beam.answer.isFinished = stopTokens.contains(candidate.token)
      beam.score = candidate.score
      if beam.answer.isFinished || isLast {
        if rank < beams {
          let weighed = beam.score / pow(Float(length), settings.lengthPenalty)
          search.finished.append((beam, weighed))
        }
      } else if running.count < beams {
        running.append(beam)
      }
    }
    // Stable, so that of equals the earlier one stays ahead.
    let order = search.finished.indices.sorted {
      (search.finished[$1].rank, $0) < (search.finished[$0].rank, $1)
    }
    search.finished = order.prefix(beams).map { search.finished[$0] }
    search.running = running
  }

  private func isOver(_ search: Search, length: Int) -> Bool {
    guard let best = search.running.first?.score else { return true }
    guard search.finished.count == settings.beams else { return false }
    if settings.stopping == .early { return true }
    let longest = settings.stopping == .never && settings.lengthPenalty > 0 ? maxTokens : length
    let possible = best / pow(Float(longest), settings.lengthPenalty)
    return possible <= search.finished[settings.beams - 1].rank
  }

  private struct Candidate {
    let beam: Int
    let token: Int32
    let logProbability, score: Float
  }

  /// The best continuations of all beams, best first.
  private func best(_ beams: [Beam], _ logits: Tensor, _ wanted: Int) -> [Candidate] {
    let values = logits.values.span
    var kept: [Candidate] = []
    for (index, beam) in beams.enumerated() {
      let row = values.extracting(beam.row * logits.width..<(beam.row + 1) * logits.width)
      let total = Kernels.logSumExp(row)
      for token in row.indices {
        let score = beam.score + (row[token] - total)
        if kept.count == wanted && score <= kept[wanted - 1].score { continue }
        let place = kept.firstIndex { $0.score < score } ?? kept.count
        if kept.count == wanted { kept.removeLast() }
        kept.insert(
          Candidate(
            beam: index, token: Int32(token), logProbability: row[token] - total, score: score),
          at: place)
      }
    }
    return kept
  }
}
