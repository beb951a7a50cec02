import ArgumentParser
import Foundation
import Models
import Tensors

/// Where learning a soft prompt begins.
struct PromptStart: ParsableArguments {
  @Option(help: "Where learning begins: embeddings of frequent tokens, or random numbers.")
  var start = Kind.vocabulary
  @Option(help: ArgumentHelp("Begin with the embeddings of a text instead.", valueName: "text"))
  var startText: String?
  @Option(
    help: ArgumentHelp(
      "Begin with a soft prompt's module, or with a folder that PEFT saved.", valueName: "path"))
  var initial: String?

  enum Kind: String, CaseIterable, ExpressibleByArgument { case vocabulary, random }

  /// What a resumed run must begin with too.
  var text: String { initial ?? startText ?? start.rawValue }

  /// The parameters to begin with.
  ///
  /// - Throws: `CheckpointError` when the prompt to begin with has another length or is another
  ///   model's.
  func parameters(
    _ prompt: SoftPrompt, _ network: any TunableNetwork, _ tokenizer: any Tokenizer,
    sha256: String, seed: UInt64
  ) throws -> [Float] {
    guard let initial else {
      let start = try start(tokenizer, vocabulary: network.vocabularySize)
      return prompt.initialParameters(start, network.tokens, seed: seed)
    }
    let isFolder = FileManager.default.fileExists(atPath: "\(initial)/.")
    let rows =
      try isFolder
      ? PromptRows(adapter: initial, for: network)
      : SoftPrompt.rows(
        of: ModuleFile(path: initial, expectedBaseSHA256: sha256), path: initial, for: network)
    guard rows.input.rows == prompt.length && rows.decoder.rows == prompt.decoderLength else {
      throw CheckpointError(
        file: initial,
        expected: "--length \(prompt.length) and --decoder-length \(prompt.decoderLength)",
        found: "\(rows.input.rows) and \(rows.decoder.rows)")
    }
    return prompt.parameters(rows)
  }

  private func start(_ tokenizer: any Tokenizer, vocabulary: Int) throws -> SoftPrompt.Start {
    if let startText {
      let ids = tokenizer.encode(startText).ids
      guard !ids.isEmpty else { throw ValidationError("expected tokens in --start-text") }
      return .text(ids)
    }
    if start == .random { return .random }
    // Vocabularies begin with what was frequent where they were learned.
    let frequent = (0..<Int32(min(5000, vocabulary))).filter { !tokenizer.isSpecial($0) }
    return frequent.isEmpty ? .random : .sample(frequent)
  }
}
