import Native

/// Runs of postings on the disk, each sorted by term, and the way through all of them at once.
///
///     per term   length of the term, its bytes, length of the list, list (`Postings.append(run:)`)
struct PostingRuns {
  private let file: ScratchFile
  private var readers: [SortedRun] = []

  /// - Parameter runs: where they lie in the file.
  init(_ file: ScratchFile, _ runs: [Range<Int>]) throws {
    self.file = file
    for run in runs {
      if let reader = try SortedRun(file, run) { readers.append(reader) }
    }
    // The least term stands last, where it is cheap to take away.
    readers.sort { $1.precedes($0) }
  }

  /// The next term in ascending order of bytes with its lists of all runs.
  mutating func next() throws -> (term: [UInt8], lists: [[UInt8]])? {
    guard let term = readers.last?.term else { return nil }
    var lists: [[UInt8]] = []
    while var reader = readers.last, reader.term == term {
      lists.append(reader.list)
      readers.removeLast()
      if try reader.advance(file) { insert(reader) }
    }
    return (term, lists)
  }

  private mutating func insert(_ reader: SortedRun) {
    var (low, high) = (0, readers.count)
    while low < high {
      let middle = (low + high) / 2
      if reader.precedes(readers[middle]) { low = middle + 1 } else { high = middle }
    }
    readers.insert(reader, at: low)
  }
}

/// The terms of runs in ascending order, of which another thread reads the next while this one
/// works on those before.
struct PostingRunsAhead {
  /// Bytes of undecoded postings that are read at a time.
  private static let pieceSize = 1 << 20

  private struct Piece: Sendable {
    var terms: [(term: String, lists: [[UInt8]])] = []
    var rest: PostingRuns

    init(_ runs: PostingRuns) throws {
      rest = runs
      var size = 0
      while size < PostingRunsAhead.pieceSize, let (bytes, lists) = try rest.next() {
        terms.append((term: String(decoding: bytes, as: UTF8.self), lists: lists))
        size += lists.reduce(64) { $0 + $1.count }
      }
    }
  }

  private var terms: ArraySlice<(term: String, lists: [[UInt8]])> = []
  private var reading: Background<Piece>

  init(_ runs: PostingRuns) { reading = Self.read(runs) }

  mutating func next() throws -> (term: String, lists: [[UInt8]])? {
    if terms.isEmpty {
      let piece = try reading.value()
      terms = piece.terms[...]
      reading = Self.read(piece.rest)
    }
    return terms.popFirst()
  }

  private static func read(_ runs: PostingRuns) -> Background<Piece> {
    Background(now: Parallel.threads == 1) { try Piece(runs) }
  }
}

/// One run, read piece by piece.
private struct SortedRun {
  private static let bufferSize = 1 << 18

  private(set) var term: [UInt8] = []
  private(set) var list: [UInt8] = []
  /// What is still to be read.
  private var rest: Range<Int>
  private var buffer: [UInt8] = []
  private var position = 0

  /// Stands at the first term; nil for an empty run.
  init?(_ file: ScratchFile, _ run: Range<Int>) throws {
    rest = run
    guard try advance(file) else { return nil }
  }

  func precedes(_ other: SortedRun) -> Bool { term.lexicographicallyPrecedes(other.term) }

  /// Goes to the next term; false behind the last.
  mutating func advance(_ file: ScratchFile) throws -> Bool {
    guard position < buffer.count || !rest.isEmpty else { return false }
    term = try take(file)
    list = try take(file)
    return true
  }

  private mutating func take(_ file: ScratchFile) throws -> [UInt8] {
    // A number takes ten bytes at most.
    try fill(10, file)
    let count = nextVariableLength(buffer, at: &position)
    try fill(count, file)
    defer { position += count }
    return Array(buffer[position..<(position + count)])
  }

  /// Holds at least `count` bytes ready, as far as there are any.
  private mutating func fill(_ count: Int, _ file: ScratchFile) throws {
    guard buffer.count - position < count, !rest.isEmpty else { return }
    let wanted = max(Self.bufferSize, count)
    let piece = rest.lowerBound..<min(rest.lowerBound + wanted, rest.upperBound)
    buffer = try Array(buffer[position...]) + file.read(piece)
    position = 0
    rest = piece.upperBound..<rest.upperBound
  }
}
