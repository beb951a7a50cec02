import Models

/// A question and a stretch of a passage, as the extractive reader sees them:
/// `[CLS] question [SEP] title . passage [SEP]`.
package struct ReadingWindow: Sendable {
  package let ids: [Int32]
  package let segments: [Int32]
  /// The window's tokens that belong to the passage's text.
  package let passage: Range<Int>
  /// The first of them, counted in tokens of the whole passage.
  package let firstToken: Int

  /// Positions that may start or end an answer: the passage's, and 0 (`[CLS]`) for "no answer".
  package func mask(_ logits: [Float]) -> [Float] {
    logits.indices.map { $0 == 0 || passage.contains($0) ? logits[$0] : -.infinity }
  }
}

/// Cuts passages into windows that fit the reader.
package struct WindowBuilder: Sendable {
  package let tokenizer: WordPieceTokenizer
  /// Tokens in a window at most, and how many of a passage's tokens two windows share.
  package var longest = 384
  package var overlap = 128
  /// Question tokens beyond it are left out; titles likewise.
  package var longestQuestion = 64
  package var longestTitle = 24

  package init(tokenizer: WordPieceTokenizer) { self.tokenizer = tokenizer }

  /// What stands before the passage.
  package struct Opening: Sendable {
    let ids: [Int32]
    let segments: [Int32]
    package var count: Int { ids.count }
  }

  /// - Parameters: the question's and the title's tokens.
  package func opening(question: [Int32], title: [Int32]) -> Opening {
    let question = question.prefix(longestQuestion)
    var title = Array(title.prefix(longestTitle))
    if !title.isEmpty, let stop = tokenizer.id(of: ".") { title.append(stop) }
    return Opening(
      ids: [tokenizer.clsID] + question + [tokenizer.sepID] + title,
      segments: [Int32](repeating: 0, count: question.count + 2)
        + [Int32](repeating: 1, count: title.count))
  }

  /// The window over `tokens` of a passage.
  package func window(
    _ opening: Opening, passage: Encoding, tokens: Range<Int>
  ) -> ReadingWindow {
    ReadingWindow(
      ids: opening.ids + passage.ids[tokens] + [tokenizer.sepID],
      segments: opening.segments + [Int32](repeating: 1, count: tokens.count + 1),
      passage: opening.count..<opening.count + tokens.count, firstToken: tokens.lowerBound)
  }

  /// Windows that together cover the whole passage, one when it fits.
  package func windows(_ opening: Opening, passage: Encoding) -> [ReadingWindow] {
    let room = longest - opening.count - 1
    var windows: [ReadingWindow] = []
    var start = 0
    repeat {
      let end = min(start + room, passage.count)
      windows.append(window(opening, passage: passage, tokens: start..<end))
      if end == passage.count { break }
      start = end - overlap
    } while true
    return windows
  }
}
