import Models
import Retrieval

extension PairSource {
  /// The pairs of a JSON Lines file of records `{"input", "target"}`, in tokens.
  ///
  /// - Parameter room: tokens of the network that something else takes, such as a prompt.
  /// - Throws: `InputError` naming file and line when the file is malformed, empty, or holds a pair
  ///   that is longer than the network reads or has nothing to learn.
  package static func read(
    _ path: String, for model: GenerativeModel, leaving room: Int = 0
  ) throws -> PairSource {
    var records = JSONRecords(try InputFile(path), layout: .lines)
    var pairs: [TokenPair] = []
    while let (bytes, line) = try records.next() {
      let record = try JSONRecord(bytes, file: path, line: line)
      let pair = model.pair(
        input: try record.require("input", record.string),
        target: try record.require("target", record.string))
      let tokens = pair.input.count + pair.target.count + room
      if let longest = model.network.maxPositions, tokens > longest {
        throw record.error(
          expected: "at most the network's \(longest) tokens, the prompt's included",
          found: "\(tokens)")
      }
      guard !pair.target.isEmpty, pair.input.count + room > 0 else {
        throw record.error(expected: "an input and a target of one token at least", found: "none")
      }
      pairs.append(pair)
    }
    guard !pairs.isEmpty else {
      throw InputError(file: path, expected: "records with input and target", found: "none")
    }
    return PairSource(pairs)
  }
}
