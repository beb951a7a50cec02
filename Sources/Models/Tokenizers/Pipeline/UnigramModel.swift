/// A unigram language model: the split of a text whose pieces' log-probabilities add up to most.
///
/// Found by Viterbi over the trie of pieces, in time linear in the text. A character that begins no
/// piece of its own length counts as unknown, ten nats below the least probable piece; unknown
/// neighbours make one token.
/// - Source: Kudo 2018, arXiv:1804.10959.
struct UnigramModel: Sendable {
  let vocabulary: TokenVocabulary
  private let trie: ByteTrie
  /// By id, in nats.
  private let scores: [Double]
  private let unknownScore: Double
  private let unknownID: Int32
  private let byteFallback: ByteFallback?

  /// The best way to every position of the text.
  struct Scratch {
    fileprivate var best: [(score: Double, start: Int, id: Int32)] = []
    init() {}
  }

  /// - Requires: `unknownID` below `pieces.count`.
  init(pieces: [(spelling: String, score: Double)], unknownID: Int, fallsBackToBytes: Bool) {
    precondition(
      pieces.indices.contains(unknownID), "expected an id below \(pieces.count), found \(unknownID)"
    )
    let vocabulary = TokenVocabulary(
      pieces.enumerated().map { (spelling: $1.spelling, id: Int32($0)) })
    trie = ByteTrie(
      pieces.enumerated().compactMap { id, piece in
        piece.spelling.isEmpty ? nil : (Array(piece.spelling.utf8), Int32(id))
      })
    scores = pieces.map(\.score)
    unknownScore = (scores.min() ?? 0) - 10
    self.unknownID = Int32(unknownID)
    byteFallback = fallsBackToBytes ? ByteFallback(vocabulary) : nil
    self.vocabulary = vocabulary
  }

  func tokenize(
    _ text: [UInt8], _ range: Range<Int>, into tokens: inout [ModelToken], _ scratch: inout Scratch
  ) {
    findBest(text, range, &scratch)
    let first = tokens.count
    var end = range.upperBound
    while end > range.lowerBound {
      let id = scratch.best[end - range.lowerBound].id
      var (_, start, _) = scratch.best[end - range.lowerBound]
      if id == unknownID {
        while start > range.lowerBound, scratch.best[start - range.lowerBound].id == unknownID {
          start = scratch.best[start - range.lowerBound].start
        }
        appendUnknown(text, start..<end, to: &tokens)
      } else {
        tokens.append(ModelToken(id: id, bytes: start..<end))
      }
      end = start
    }
    tokens[first...].reverse()
  }

  /// Fills `best` by positions from the beginning of `range`.
  private func findBest(_ text: [UInt8], _ range: Range<Int>, _ scratch: inout Scratch) {
    let origin = range.lowerBound
    scratch.best.removeAll(keepingCapacity: true)
    scratch.best.append((0, origin, -1))
    for _ in range { scratch.best.append((0, -1, -1)) }
    func offer(_ score: Double, _ id: Int32, from start: Int, to end: Int) {
      let old = scratch.best[end - origin]
      if old.start < 0 || score > old.score { scratch.best[end - origin] = (score, start, id) }
    }
    var start = origin
    while start < range.upperBound {
      let score = scratch.best[start - origin].score
      let next = text.scalarEnd(after: start)
      var isKnown = false
      trie.forEachMatch(in: text, from: start, to: range.upperBound) { id, end in
        offer(score + scores[Int(id)], id, from: start, to: end)
        if end == next { isKnown = true }
      }
      if !isKnown { offer(score + unknownScore, unknownID, from: start, to: next) }
      start = next
    }
  }

  /// Unknown text as one token or as its bytes, last token first: all of them stand for all of it.
  private func appendUnknown(_ text: [UInt8], _ range: Range<Int>, to tokens: inout [ModelToken]) {
    if let id = vocabulary.id(of: text, range) {
      tokens.append(ModelToken(id: id, bytes: range))
    } else if let ids = byteFallback?.ids(for: text, range) {
      for id in ids.reversed() { tokens.append(ModelToken(id: id, bytes: range)) }
    } else {
      tokens.append(ModelToken(id: unknownID, bytes: range))
    }
  }
}
