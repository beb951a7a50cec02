import Foundation

/// Turns the lines of a text or Markdown file into passages with ids `relative/path#n`.
///
/// Empty lines end paragraphs. In Markdown, headings become the title (those around a section
/// joined as in `France: History`) and no passage crosses one; list items are paragraphs. Without
/// a heading the title is the file's name.
struct TextDocument {
  private let file: CorpusFile
  private let isMarkdown: Bool
  private var splitter: PassageSplitter
  private var paragraph: [String] = []
  private var headings: [(level: Int, text: String)] = []
  private var fence: String?
  private var count = 0

  init(_ file: CorpusFile, isMarkdown: Bool, words: Int, overlap: Int) {
    self.file = file
    self.isMarkdown = isMarkdown
    splitter = PassageSplitter(words: words, overlap: overlap)
  }

  /// - Returns: the passages that are complete now.
  mutating func add(_ line: String) -> [Passage] {
    let text = line.trimmed
    if text.isEmpty { return endParagraph() }
    guard isMarkdown else {
      paragraph.append(text)
      return []
    }
    return addMarkdown(text)
  }

  /// Ends the document.
  mutating func finish() -> [Passage] {
    let passages = endParagraph()
    return passages + named(splitter.finish())
  }

  private mutating func addMarkdown(_ text: String) -> [Passage] {
    if let mark = ["```", "~~~"].first(where: text.hasPrefix), fence == nil || fence == mark {
      fence = fence == nil ? mark : nil
      return []
    }
    if fence == nil, let heading = TextDocument.heading(text) {
      let passages = finish()
      headings.removeAll { $0.level >= heading.level }
      headings.append(heading)
      return passages
    }
    let isItem = fence == nil && ["- ", "* ", "+ "].contains(where: text.hasPrefix)
    let passages = isItem ? endParagraph() : []
    paragraph.append(isItem ? String(text.dropFirst(2)) : text)
    return passages
  }

  private mutating func endParagraph() -> [Passage] {
    defer { paragraph = [] }
    return named(splitter.add(paragraph: paragraph.joined(separator: " ")))
  }

  private mutating func named(_ texts: [String]) -> [Passage] {
    let title = headings.map(\.text).joined(separator: ": ")
    return texts.map {
      count += 1
      return Passage(
        id: "\(file.relativePath)#\(count)", title: title.isEmpty ? file.stem : title, text: $0)
    }
  }

  /// `## Name ##`: one to six signs, a space, the text.
  private static func heading(_ line: String) -> (level: Int, text: String)? {
    let level = line.prefix { $0 == "#" }.count
    guard (1...6).contains(level), line.dropFirst(level).first == " " else { return nil }
    let text = line.trimmingCharacters(in: CharacterSet(charactersIn: "# "))
    return text.isEmpty ? nil : (level, text)
  }
}
