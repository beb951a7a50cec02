import GRDB
import Native

/// Stores one batch of a corpus on another thread while the next one is read.
final class BackgroundIntake {
  private let database: DatabaseQueue
  private var underWay: Background<PassageIntake>?

  init(_ database: DatabaseQueue) { self.database = database }

  /// Begins to store what an intake has taken, once the batch before is stored.
  ///
  /// The last batch, which is not full, is stored when this returns.
  func flush(_ intake: inout PassageIntake) throws {
    let isLast = !intake.isFull
    let batch = intake.takeBatch()
    // The counts are those after the batch before, wherever it was stored.
    if let before = underWay { intake = try before.value() }
    let (database, next) = (database, intake.holding(batch))
    let work = Background(now: isLast || Parallel.threads == 1) {
      var next = next
      try database.write { db in try next.flush(db) }
      return next
    }
    underWay = work
    if isLast { intake = try work.value() }
  }

  /// Waits for what is under way, whose errors nobody will hear of any more.
  func abandon() { _ = try? underWay?.value() }
}
