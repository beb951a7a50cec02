import Native

/// Collects the postings of passages on one thread until they are to be written as a sorted run.
struct PostingCollector {
  /// Bytes of memory that a posting takes here and while it is sorted.
  private static let postingSize = 28

  private var numbering: TermNumbering
  private let tableBudget: Int
  /// Postings to collect before a run is due.
  private let limit: Int
  private var numbers: [UInt32] = []
  /// For each term its number of occurrences in the passage at hand; 0 between passages.
  private var frequencies: [UInt32] = []
  private var postings = RunPostings()

  /// - Parameter budget: bytes of memory that it may use.
  init(_ analyzer: Analyzer, budget: Int) {
    tableBudget = budget / 4
    limit = max(1024, budget / 2 / Self.postingSize)
    numbering = TermNumbering(analyzer, budget: tableBudget)
  }

  /// Adds a passage, whose row must lie above those before it, and gives its number of terms.
  mutating func add(_ passage: Passage, row: Int) -> UInt32 {
    numbers.removeAll(keepingCapacity: true)
    numbering.append(passage.title, to: &numbers)
    numbering.append(passage.text, to: &numbers)
    if frequencies.count < numbering.terms.count {
      let missing = numbering.terms.count - frequencies.count
      frequencies.append(contentsOf: repeatElement(0, count: missing))
    }
    for number in numbers { frequencies[Int(number)] += 1 }
    for number in numbers {
      let frequency = frequencies[Int(number)]
      // A term's first occurrence takes all of them.
      guard frequency > 0 else { continue }
      frequencies[Int(number)] = 0
      postings.append(term: number, row: UInt32(row), frequency: frequency)
    }
    return UInt32(numbers.count)
  }

  var isFull: Bool { postings.count >= limit }

  /// What was collected, as bytes for `PostingRun`; empty when there is nothing.
  mutating func takeRun() -> [UInt8] {
    let bytes = postings.sorted(by: numbering.terms)
    postings.removeAll()
    if numbering.terms.size > tableBudget {
      numbering.reset()
      frequencies = []
    }
    return bytes
  }
}

/// What a thread keeps from one batch to the next.
final class PostingCollectorBox {
  var collector: PostingCollector

  init(_ collector: PostingCollector) { self.collector = collector }
}

/// Postings in the order in which they were found.
private struct RunPostings {
  private struct Posting {
    let term, row, frequency: UInt32
  }

  private var postings: [Posting] = []

  var count: Int { postings.count }

  mutating func append(term: UInt32, row: UInt32, frequency: UInt32) {
    postings.append(Posting(term: term, row: row, frequency: frequency))
  }

  mutating func removeAll() { postings.removeAll(keepingCapacity: true) }

  /// A run: terms in ascending order of their bytes, rows ascending within each.
  func sorted(by table: ByteStringTable) -> [UInt8] {
    var sizes = [Int](repeating: 0, count: table.count)
    for posting in postings { sizes[Int(posting.term)] += 1 }
    let order = table.sorted(sizes.indices.filter { sizes[$0] > 0 }.map { UInt32($0) })
    var next = [Int](repeating: 0, count: table.count)
    var total = 0
    for term in order {
      next[Int(term)] = total
      total += sizes[Int(term)]
    }
    var sorted = [Posting](
      repeating: Posting(term: 0, row: 0, frequency: 0), count: postings.count)
    for posting in postings {
      let term = Int(posting.term)
      sorted[next[term]] = posting
      next[term] += 1
    }
    return bytes(of: sorted, order, sizes, table)
  }

  private func bytes(
    of sorted: [Posting], _ order: [UInt32], _ sizes: [Int], _ table: ByteStringTable
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(3 * sorted.count)
    var list: [UInt8] = []
    var start = 0
    for term in order {
      let end = start + sizes[Int(term)]
      list.removeAll(keepingCapacity: true)
      var before: UInt32 = 0
      for index in start..<end {
        let (row, frequency) = (sorted[index].row, sorted[index].frequency)
        // Most frequencies are 1: one bit of the distance says so.
        appendVariableLength(Int(row - before) << 1 | (frequency > 1 ? 1 : 0), to: &list)
        if frequency > 1 { appendVariableLength(Int(frequency), to: &list) }
        before = row
      }
      let word = table[Int(term)]
      appendVariableLength(word.count, to: &bytes)
      bytes += word
      appendVariableLength(list.count, to: &bytes)
      bytes += list
      start = end
    }
    return bytes
  }
}

extension Postings {
  /// Adds what `RunPostings` wrote for one term.
  mutating func append(run list: [UInt8]) {
    var position = 0
    var row: UInt32 = 0
    while position < list.count {
      let distance = nextVariableLength(list, at: &position)
      row &+= UInt32(truncatingIfNeeded: distance >> 1)
      rows.append(row)
      frequencies.append(
        distance & 1 == 0
          ? 1 : UInt32(truncatingIfNeeded: nextVariableLength(list, at: &position)))
    }
  }

  /// Brings rows into ascending order, where they are not yet: a few ascending stretches.
  mutating func sort() {
    guard zip(rows, rows.dropFirst()).contains(where: { $0 > $1 }) else { return }
    var pairs = zip(rows, frequencies).map { UInt64($0) << 32 | UInt64($1) }
    // The library's sort merges stretches that are in order already.
    pairs.sort()
    rows = pairs.map { UInt32($0 >> 32) }
    frequencies = pairs.map { UInt32(truncatingIfNeeded: $0) }
  }
}

/// Appends a number in 7 bits a byte, lowest first; all bytes but the last have their top bit set.
func appendVariableLength(_ number: Int, to bytes: inout [UInt8]) {
  var rest = number
  while rest >= 0x80 {
    bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
    rest >>= 7
  }
  bytes.append(UInt8(rest))
}

/// The number at `position`, which moves behind it; 0 where there is none.
func nextVariableLength(_ bytes: [UInt8], at position: inout Int) -> Int {
  var number = 0
  var shift = 0
  while position < bytes.count {
    let byte = bytes[position]
    position += 1
    number |= Int(byte & 0x7F) << shift
    if byte < 0x80 { break }
    shift += 7
  }
  return number
}
