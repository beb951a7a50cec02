/// Byte-pair encoding: a word's characters, merged two by two, the earliest learned pair first.
///
/// - Source: Sennrich, Haddow & Birch 2016, arXiv:1508.07909; byte fallback as in SentencePiece.
struct BytePairModel: Sendable {
  let vocabulary: TokenVocabulary
  private let merges: MergeTable
  private let unknownID: Int32?
  private let fusesUnknown: Bool
  private let byteFallback: ByteFallback?
  /// Whether a word that is in the vocabulary is one token, whatever the merges make of it.
  private let ignoresMerges: Bool
  /// The ids of the characters of one or two bytes, by their bytes: nearly all that come up.
  private let shortIDs: [Int32]

  /// The symbols of a word while they are merged, doubly linked.
  struct Scratch {
    fileprivate struct Symbol {
      var id: Int32
      /// Bytes; 0 once it is merged into the one before it.
      var length: Int
      var previous: Int
      var next: Int
    }

    fileprivate struct Candidate: Comparable {
      var rank: Int32
      var position: Int
      var id: Int32

      static func < (a: Self, b: Self) -> Bool {
        a.rank != b.rank ? a.rank < b.rank : a.position < b.position
      }
    }

    fileprivate var symbols: [Symbol] = []
    fileprivate var queue = PriorityQueue<Candidate>()
    fileprivate var ranks: [MergeTable.Merge] = []
    init() {}
  }

  init(
    vocabulary: TokenVocabulary, merges: MergeTable, unknownID: Int32? = nil,
    fusesUnknown: Bool = false, fallsBackToBytes: Bool = false, ignoresMerges: Bool = false
  ) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.unknownID = unknownID
    self.fusesUnknown = fusesUnknown
    self.ignoresMerges = ignoresMerges
    byteFallback = fallsBackToBytes ? ByteFallback(vocabulary) : nil
    shortIDs = (UInt32(0)..<0x800).map { value in
      Unicode.Scalar(value).flatMap { vocabulary.id(of: String($0)) } ?? -1
    }
  }

  func tokenize(
    _ text: [UInt8], _ part: Range<Int>, into tokens: inout [ModelToken], _ scratch: inout Scratch
  ) {
    if ignoresMerges, let id = vocabulary.id(of: text, part) {
      return tokens.append(ModelToken(id: id, bytes: part))
    }
    split(text, part, &scratch)
    if scratch.symbols.count > 32 { mergeByQueue(&scratch) } else { mergeByScan(&scratch) }
    // A character that has no token at all is left out here, and in the reference's offsets.
    var start = part.lowerBound
    for symbol in scratch.symbols where symbol.length > 0 {
      tokens.append(ModelToken(id: symbol.id, bytes: start..<start + symbol.length))
      start += symbol.length
    }
  }

  /// One symbol per character, or per byte of an unknown one.
  private func split(_ text: [UInt8], _ part: Range<Int>, _ scratch: inout Scratch) {
    scratch.symbols.removeAll(keepingCapacity: true)
    // Bytes of unknown characters whose token waits for the next known one.
    var unknownLength = 0
    var position = part.lowerBound
    while position < part.upperBound {
      let end = text.scalarEnd(after: position)
      defer { position = end }
      if let id = id(of: text, position..<end) {
        add(unknownID, &unknownLength, to: &scratch)
        add(id, end - position, to: &scratch)
      } else if let ids = byteFallback?.ids(for: text, position..<end) {
        for id in ids { add(id, 1, to: &scratch) }
      } else if unknownID != nil {
        if !fusesUnknown { add(unknownID, &unknownLength, to: &scratch) }
        unknownLength += end - position
      }
    }
    add(unknownID, &unknownLength, to: &scratch)
  }

  private func id(of text: [UInt8], _ character: Range<Int>) -> Int32? {
    guard character.count > 2 else {
      let id = shortIDs[Int(text.scalar(at: character.lowerBound).value)]
      return id < 0 ? nil : id
    }
    return vocabulary.id(of: text, character)
  }

  private func add(_ id: Int32?, _ length: inout Int, to scratch: inout Scratch) {
    if let id, length > 0 { add(id, length, to: &scratch) }
    length = 0
  }

  private func add(_ id: Int32, _ length: Int, to scratch: inout Scratch) {
    let index = scratch.symbols.count
    scratch.symbols.append(
      Scratch.Symbol(id: id, length: length, previous: index - 1, next: index + 1))
  }

  /// For short words: looks for the earliest pair again and again.
  private func mergeByScan(_ scratch: inout Scratch) {
    scratch.ranks.removeAll(keepingCapacity: true)
    for index in scratch.symbols.indices.dropLast() {
      scratch.ranks.append(Self.none)
      rank(index, &scratch)
    }
    while true {
      var best = -1
      var bestRank = Int32.max
      for index in scratch.ranks.indices where scratch.ranks[index].rank < bestRank {
        bestRank = scratch.ranks[index].rank
        best = index
      }
      guard best >= 0 else { return }
      scratch.symbols[best].id = scratch.ranks[best].id
      scratch.symbols[best].length += scratch.symbols[best + 1].length
      scratch.symbols.remove(at: best + 1)
      scratch.ranks.remove(at: best)
      rank(best - 1, &scratch)
      rank(best, &scratch)
    }
  }

  /// Looks up the pair that begins at `index`, if there is one.
  private func rank(_ index: Int, _ scratch: inout Scratch) {
    guard scratch.ranks.indices.contains(index) else { return }
    let pair = merges[scratch.symbols[index].id, scratch.symbols[index + 1].id]
    scratch.ranks[index] = pair ?? Self.none
  }

  private static let none = MergeTable.Merge(rank: .max, id: -1)

  /// For words of any length: the pairs wait in a queue, in O(n log n) for n characters.
  private func mergeByQueue(_ scratch: inout Scratch) {
    scratch.queue.removeAll()
    for index in scratch.symbols.indices.dropLast() { offer(index, &scratch) }
    while let candidate = scratch.queue.popFirst() {
      let left = candidate.position
      let right = scratch.symbols[left].next
      guard scratch.symbols[left].length > 0, right < scratch.symbols.count,
        merges[scratch.symbols[left].id, scratch.symbols[right].id]?.id == candidate.id
      else { continue }
      scratch.symbols[left].id = candidate.id
      scratch.symbols[left].length += scratch.symbols[right].length
      scratch.symbols[left].next = scratch.symbols[right].next
      scratch.symbols[right].length = 0
      let following = scratch.symbols[right].next
      if following < scratch.symbols.count { scratch.symbols[following].previous = left }
      if scratch.symbols[left].previous >= 0 { offer(scratch.symbols[left].previous, &scratch) }
      offer(left, &scratch)
    }
  }

  /// Queues the pair that begins at `left`, if it merges.
  private func offer(_ left: Int, _ scratch: inout Scratch) {
    let right = scratch.symbols[left].next
    guard right < scratch.symbols.count,
      let merge = merges[scratch.symbols[left].id, scratch.symbols[right].id]
    else { return }
    scratch.queue.insert(Scratch.Candidate(rank: merge.rank, position: left, id: merge.id))
  }
}
