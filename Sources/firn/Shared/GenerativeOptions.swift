import ArgumentParser
import Reading
import Retrieval
import Tensors

/// Options of readers that write their answers.
struct GenerativeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How a generative reader is asked: \(PromptTemplate.named.keys.sorted().joined(separator: ", ")) \
      or a YAML file (default: what the model was made for).
      """, valueName: "name|file"))
  var template: String?
  @Option(
    help: ArgumentHelp(
      "Questions with answers that show a generative reader what is wanted.", valueName: "file"))
  var shots: String?
  @Flag(help: "Let a generative reader answer without searching.")
  var closedBook = false
  @Option(help: ArgumentHelp("Draw answers at this temperature.", valueName: "t"))
  var temperature: Float?
  @Option(help: "Keep a generative reader's weights as float32, or as int8: smaller and faster.")
  var precision: Precision?
  @Option(help: .hidden) var samples: Int?

  func validate() throws {
    if let temperature, !(temperature > 0 && temperature.isFinite) {
      throw ValidationError("--temperature: expected more than 0, found \(temperature)")
    }
    if let samples, samples != 1 {
      throw ValidationError("--samples: expected 1, found \(samples)")
    }
  }

  /// Refuses them all, rather than ignore some.
  func requireNone() throws {
    let given = [
      "template": template, "shots": shots, "temperature": temperature.map { "\($0)" },
      "closed-book": closedBook ? "it" : nil, "samples": samples.map { "\($0)" },
      "precision": precision?.rawValue,
    ].compactMapValues { $0 }
    guard let (name, _) = given.min(by: { $0.key < $1.key }) else { return }
    throw ValidationError(
      "--\(name): expected a reader that writes its answers, found one that marks them in passages")
  }

  /// What the answers hang on, by name.
  var settings: [String: String] {
    get throws {
      [
        "template": try template.map {
          PromptTemplate.named[$0] == nil ? try AnsweringEngine.checksum($0) : $0
        } ?? "default",
        "shots": try shots.map(AnsweringEngine.checksum) ?? "none",
        "closed-book": "\(closedBook)",
        "temperature": temperature.map { "\($0)" } ?? "none",
      ]
    }
  }

  /// - Throws: `InputError` for a demonstration without an answer.
  var examples: [PromptTemplate.Example] {
    get throws {
      guard let shots else { return [] }
      return try QuestionFile.read(shots).map { question in
        guard let answer = question.answers.first else {
          throw InputError(
            file: shots, expected: "an answer to each question",
            found: "none to \(InputError.quoted(question.text))")
        }
        return PromptTemplate.Example(question: question.text, answer: answer)
      }
    }
  }

  /// - Throws: `InputError` for a file that is no template.
  var promptTemplate: PromptTemplate? {
    get throws {
      try template.map { try PromptTemplate.named[$0] ?? PromptTemplate(file: $0) }
    }
  }
}

extension PromptTemplate {
  /// A template of the user's:
  ///
  ///     prompt: "{examples}{passages}Question: {question}\nAnswer:"
  ///     one-passage: "{examples}{passages}Q: {question}\nA:"     # default: prompt
  ///     closed-book: "{examples}Question: {question}\nAnswer:"   # default: prompt
  ///     passage: "{title}: {text}\n"                             # default: title, line, text
  ///     example: "Question: {question}\nAnswer: {answer}\n"      # needed for --shots
  ///     stop: ["\n"]
  ///
  /// - Throws: `InputError`.
  init(file: String) throws {
    let root = try YAMLValue(file: file)
    let fields = try root.fields(
      "prompt", "one-passage", "closed-book", "passage", "example", "stop")
    func text(_ name: String, holds places: String...) throws -> String? {
      guard let value = fields[name] else { return nil }
      let text = try value.text()
      for place in places where !text.contains(place) {
        throw value.error(expected: "a text with \(place)", found: InputError.quoted(text))
      }
      return text
    }
    _ = try fields.required("prompt")
    let prompt = try text("prompt", holds: "{passages}", "{question") ?? ""
    self.init(
      several: prompt, one: try text("one-passage", holds: "{passages}", "{question"),
      none: try text("closed-book", holds: "{question") ?? prompt,
      passage: try text("passage", holds: "{text}") ?? "{title}\n{text}\n\n",
      example: try text("example", holds: "{question", "{answer}") ?? "",
      stops: try fields["stop"]?.items().map { try $0.text() } ?? [])
    if example.isEmpty, prompt.contains("{examples}") {
      throw root.error(expected: "the key example beside {examples}", found: "none")
    }
  }
}

extension Precision: ExpressibleByArgument {}
