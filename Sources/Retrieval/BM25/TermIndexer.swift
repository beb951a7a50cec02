import Native

/// Analyzes passages on all threads while its caller brings more, and leaves sorted runs of
/// postings behind.
///
/// Rows come in blocks; threads share a block's batches as they come free, each with a collector
/// of its own. So a run's rows have gaps, but they ascend. What the runs say together depends on
/// neither threads nor memory.
final class TermIndexer {
  private static let blockSize = 8192
  private static let batchSize = 256

  private struct Batch: Sendable {
    var lengths: [UInt32] = []
    var passages = MultisetDigest()
    var runs: [Range<Int>] = []
  }

  private let workers: Workers<PostingCollectorBox>
  private let scratch: ScratchFile
  private var block: [Passage] = []
  private var next: Int
  private var underWay: Background<[Batch]>?
  private var lengths: [UInt32] = []
  private var passages = MultisetDigest()
  private var runs: [Range<Int>] = []

  /// - Parameters:
  ///   - row: the first passage's row.
  ///   - memory: bytes to use, about.
  ///   - folder: where there is room for what does not fit.
  init(_ analyzer: Analyzer, from row: Int = 0, memory: Int, folder: String) throws {
    let threads = Parallel.threads
    workers = Workers(
      (0..<threads).map { _ in
        PostingCollectorBox(PostingCollector(analyzer, budget: memory * 3 / 4 / threads))
      })
    scratch = try ScratchFile(in: folder)
    next = row
  }

  func add(_ passage: Passage) throws {
    block.append(passage)
    if block.count == Self.blockSize { try begin() }
  }

  /// What all passages gave.
  ///
  /// - Parameter before: the terms of each passage that the index held before.
  func finish(behind before: [UInt32] = []) throws -> IndexedTerms {
    try begin()
    try collect()
    let (workers, scratch) = (workers, scratch)
    runs += try Parallel.map(workers.all.count) { index in
      try scratch.append(workers.all[index].collector.takeRun())
    }.filter { !$0.isEmpty }
    return IndexedTerms(
      lengths: before + lengths, passages: passages, runs: try PostingRuns(scratch, runs))
  }

  /// Waits for the block before and sets the threads to work on this one.
  private func begin() throws {
    try collect()
    let (passages, first) = (block, next)
    next += block.count
    block.removeAll(keepingCapacity: true)
    let (workers, scratch) = (workers, scratch)
    underWay = Background(now: Parallel.threads == 1) {
      let batches = (passages.count + Self.batchSize - 1) / Self.batchSize
      return try workers.map(batches) { worker, index in
        let start = index * Self.batchSize
        let batch = passages[start..<min(start + Self.batchSize, passages.count)]
        return try Self.analyze(batch, from: first + start, &worker.collector, scratch)
      }
    }
  }

  private func collect() throws {
    for batch in try underWay?.value() ?? [] {
      lengths += batch.lengths
      passages.add(batch.passages)
      runs += batch.runs
    }
    underWay = nil
  }

  private static func analyze(
    _ passages: ArraySlice<Passage>, from first: Int, _ collector: inout PostingCollector,
    _ scratch: ScratchFile
  ) throws -> Batch {
    var batch = Batch()
    for (row, passage) in zip(first..., passages) {
      batch.lengths.append(collector.add(passage, row: row))
      batch.passages.add(RowHash.passage(passage, row: row))
    }
    if collector.isFull { batch.runs.append(try scratch.append(collector.takeRun())) }
    return batch
  }
}

/// What passages were turned into.
struct IndexedTerms {
  /// Terms of each passage.
  let lengths: [UInt32]
  /// The checksum of the passages.
  let passages: MultisetDigest
  var runs: PostingRuns
}
