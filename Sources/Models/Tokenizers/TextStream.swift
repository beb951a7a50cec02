/// The text of tokens that come one after another, given out as soon as it is certain.
///
/// A token alone may be part of a character, and its text may depend on the one before it. So the
/// tokens given out last are decoded again with the new ones, and text is held back while its last
/// character may still change.
package struct TextStream: Sendable {
  private let tokenizer: any Tokenizer
  private let skippingSpecialTokens: Bool
  /// The tokens given out last, for context, then those that are held back.
  private var window: [Int32] = []
  private var contextCount = 0
  /// What `window`'s context decodes to: the part that was given out.
  private var context = ""

  package init(_ tokenizer: any Tokenizer, skippingSpecialTokens: Bool = true) {
    self.tokenizer = tokenizer
    self.skippingSpecialTokens = skippingSpecialTokens
  }

  /// Takes the next token and gives the text that has become certain, often none.
  package mutating func append(_ id: Int32) -> String {
    window.append(id)
    let text = decoded(window)
    guard !mayChange(text, last: id), let fresh = beyondContext(text), !fresh.isEmpty else {
      return ""
    }
    window.removeFirst(contextCount)
    contextCount = window.count
    context = decoded(window)
    return fresh
  }

  /// Gives what was held back, broken characters as U+FFFD, and begins anew.
  package mutating func finish() -> String {
    let rest = beyondContext(decoded(window)) ?? ""
    (window, contextCount, context) = ([], 0, "")
    return rest
  }

  /// A character may be cut, and whether a run of byte tokens (`<0x0A>`) is text shows at its end.
  private func mayChange(_ text: String, last id: Int32) -> Bool {
    text.unicodeScalars.last == "\u{FFFD}"
      || tokenizer.token(id).flatMap(ByteFallback.byte) != nil
  }

  private func decoded(_ ids: [Int32]) -> String {
    tokenizer.decode(ids, skippingSpecialTokens: skippingSpecialTokens)
  }

  /// What follows the text that was given out, compared by bytes: as characters, a mark that comes
  /// later would change the letter before it.
  private func beyondContext(_ text: String) -> String? {
    guard text.utf8.starts(with: context.utf8) else { return nil }
    return String(text.utf8.dropFirst(context.utf8.count))
  }
}
