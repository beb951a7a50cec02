import Retrieval

/// How questions, passages and demonstrations become the prompt of a language model.
///
/// A template is text with places to fill: `{examples}`, `{passages}`, `{question}` (as it was asked)
/// and `{question?}` (its first letter small, with a question mark) in a prompt; `{title}`, `{text}`
/// and `{number}` in a passage; `{question}`, `{question?}` and `{answer}` in an example. What is
/// filled in is never searched for places again. Other braces stand for themselves.
package struct PromptTemplate: Sendable, Equatable {
  /// The whole prompt, by how many passages it holds.
  package var several, one, none: String
  /// Each passage; each demonstration.
  package var passage, example: String
  /// Texts that end an answer.
  package var stops: [String]

  package init(
    several: String, one: String? = nil, none: String, passage: String, example: String,
    stops: [String] = []
  ) {
    self.several = several
    self.one = one ?? several
    self.none = none
    self.passage = passage
    self.example = example
    self.stops = stops
  }

  /// A question with its answer that shows the model what is wanted.
  package struct Example: Sendable, Equatable {
    package let question, answer: String

    package init(question: String, answer: String) {
      self.question = question
      self.answer = answer
    }
  }

  package func prompt(question: String, passages: [Passage], examples: [Example]) -> String {
    let frame =
      switch passages.count {
      case 0: none
      case 1: one
      default: several
      }
    return Self.fill(frame) { place in
      switch place {
      case "examples": examples.map(text).joined()
      case "passages":
        passages.enumerated().map { text($1, number: $0 + 1) }.joined()
      default: Self.fill(place, question: question)
      }
    }
  }

  /// A passage as it stands in a prompt; without a title, the lines before the text are left out.
  package func text(_ passage: Passage, number: Int) -> String {
    let text = Self.fill(self.passage) { place in
      switch place {
      case "title": passage.title
      case "text": passage.text
      case "number": "\(number)"
      default: nil
      }
    }
    return passage.title.isEmpty ? String(text.drop(while: \.isNewline)) : text
  }

  private func text(_ example: Example) -> String {
    Self.fill(self.example) { place in
      place == "answer" ? example.answer : Self.fill(place, question: example.question)
    }
  }

  private static func fill(_ place: Substring, question: String) -> String? {
    switch place {
    case "question": question
    case "question?":
      question.prefix(1).lowercased() + question.dropFirst()
        + (question.hasSuffix("?") ? "" : "?")
    default: nil
    }
  }

  /// The text with each `{place}` replaced by its value; those without one are left as they are.
  private static func fill(_ text: String, _ value: (Substring) -> String?) -> String {
    var filled = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      let inner = rest[rest.index(after: open)...]
      guard let close = inner.firstIndex(of: "}"), let value = value(inner[..<close]) else {
        filled += rest[...open]
        rest = inner
        continue
      }
      filled += rest[..<open] + value
      rest = inner[inner.index(after: close)...]
    }
    return filled + rest
  }
}
