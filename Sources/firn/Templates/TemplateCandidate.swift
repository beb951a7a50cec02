import Reading
import Retrieval
import Tensors

/// A template with demonstrations: one of several ways to ask a reader.
struct TemplateCandidate {
  let name: String
  let template: PromptTemplate
  let shots: [Question]

  var examples: [PromptTemplate.Example] {
    shots.map { PromptTemplate.Example(question: $0.text, answer: $0.answers[0]) }
  }

  /// Every template without demonstrations, where 0 is among the counts, and with sets of each other
  /// count, which all templates share.
  ///
  /// - Parameters:
  ///   - sets: sets of each count.
  ///   - pool: what demonstrations are drawn from; with an answer each.
  /// - Requires: a pool as large as the largest count.
  static func all(
    _ templates: [(name: String, template: PromptTemplate)], counts: [Int], sets: Int,
    from pool: [Question], seed: UInt64
  ) -> [TemplateCandidate] {
    var random = SplitMix64(seed: seed)
    let drawn = counts.filter { $0 > 0 }.flatMap { count in
      (1...sets).map { number in
        let order = Permutation(count: pool.count, seed: random.next())
        return (name: "\(count) shots #\(number)", shots: (0..<count).map { pool[order[$0]] })
      }
    }
    return templates.flatMap { name, template in
      // Without a place for them, demonstrations would change nothing.
      let usable = template.example.isEmpty ? [] : drawn
      let plain = counts.contains(0) || usable.isEmpty
      return (plain ? [TemplateCandidate(name: name, template: template, shots: [])] : [])
        + usable.map {
          TemplateCandidate(name: "\(name), \($0.name)", template: template, shots: $0.shots)
        }
    }
  }
}

extension PromptTemplate {
  /// The YAML that `init(file:)` reads as this template.
  var yaml: String {
    get throws {
      let encoder = RecordEncoder()
      var fields = [
        ("prompt", try encoder.line(several)), ("one-passage", try encoder.line(one)),
        ("closed-book", try encoder.line(none)), ("passage", try encoder.line(passage)),
      ]
      if !example.isEmpty { fields.append(("example", try encoder.line(example))) }
      if !stops.isEmpty { fields.append(("stop", try encoder.line(stops))) }
      return fields.map { "\($0): \($1)\n" }.joined()
    }
  }
}
