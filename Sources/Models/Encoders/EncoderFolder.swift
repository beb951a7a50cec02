import Native

/// The folder of a BERT, or of a relative, opened whole: the frozen network and the tokenizer that it
/// was trained with.
package struct EncoderFolder: Sendable {
  package let network: BERT
  package let tokenizer: any Tokenizer
  /// SHA-256 of the weights, in hexadecimal digits.
  package let sha256: String
  let checkpoint: Checkpoint
  let frame: TextFrame

  /// - Throws: `CheckpointError` or `TokenizerError` when a part is missing, broken or does not fit
  ///   the others, `FileError` when a file cannot be opened.
  package init(_ folder: String) throws {
    let checkpoint = try Checkpoint(folder: folder)
    (network, tokenizer) = try Parallel.both(
      { try BERT.load(checkpoint) }, { try TokenizerFolder.load(folder) })
    self.checkpoint = checkpoint
    sha256 = try checkpoint.weightsSHA256()
    let configuration = checkpoint.configuration
    let rows = configuration.vocabularySize
    guard tokenizer.vocabularySize <= rows else {
      throw CheckpointError(
        file: folder, expected: "a tokenizer of at most \(rows) tokens, as the weights have",
        found: "\(tokenizer.vocabularySize)", hint: "files of two models?")
    }
    frame = TextFrame(tokenizer, configuration)
    guard frame.count > 0, configuration.maxPositions > frame.pairCount + 1 else {
      throw CheckpointError(
        file: folder, expected: "a tokenizer that frames texts, and room for a pair of them",
        found: "\(frame.count) tokens around a text, \(configuration.maxPositions) places")
    }
  }

  package var folder: String { checkpoint.folder }

  /// About how many tokens a text will have: enough to form groups of like size before tokenizing.
  static func estimatedTokens(_ text: String) -> Int { text.utf8.count / 4 + 1 }
}

/// The tokens that a network expects around a text, or around and between two.
struct TextFrame: Equatable, Sendable {
  let before, between, after: [Int32]
  /// The segment of the second text.
  let secondSegment: Int32

  /// `[CLS] a [SEP]`; a second text ends with the same, and is segment 1 where there are two.
  init(before: [Int32], after: [Int32]) {
    (self.before, between, self.after, secondSegment) = (before, after, after, 1)
  }

  init(_ tokenizer: any Tokenizer, _ configuration: BERTConfiguration) {
    (before, after) = tokenizer.frame
    // RoBERTa's `<s> a </s></s> b </s>`, which MPNet took over, knows no segments.
    let isRoBERTa = configuration.family.countsFromPadding
    between = isRoBERTa ? after + after : after
    secondSegment = isRoBERTa || configuration.segmentCount < 2 ? 0 : 1
  }

  /// Tokens that it takes, of a text and of a pair.
  var count: Int { before.count + after.count }
  var pairCount: Int { count + between.count }
}
