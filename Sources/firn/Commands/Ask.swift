import ArgumentParser
import Foundation
import Reading
import Retrieval

struct Ask: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answers one question and shows the evidence; without a question, many.",
    discussion: """
      Without a question it reads questions line by line, and these commands: :top N (passages in \
      a ranking), :why (the last answer's ranking and rivals), :history, :quit.

      EXAMPLE: firn ask "who wrote the odyssey" --index wiki
      """)

  @Argument(help: "The question.")
  var question: String?
  @OptionGroup var retrieval: RetrievalOptions
  @OptionGroup var reader: ReaderOptions
  @Flag(help: "Print prediction records as JSON Lines.")
  var json = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if retrieval.index == nil, !reader.generative.closedBook {
      throw ValidationError("Missing expected argument '--index'")
    }
    if let question, question.allSatisfy(\.isWhitespace) {
      throw ValidationError("expected a question, found nothing but blanks")
    }
  }

  func run() async throws {
    let engine = try await AnsweringEngine.load(reader, retrieval, ranks: true)
    if let question {
      try print(await engine.answer(question))
    } else {
      var shell = Shell(engine: engine, top: retrieval.top, print: print, note: global.note)
      try await shell.run()
    }
  }

  private func print(_ answered: Answered) throws {
    let text = try json ? answered.prediction.line() : AnswerText(answered).text
    try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
  }
}

extension AnsweringEngine {
  func answer(_ question: String, top: Int? = nil) async throws -> Answered {
    let (answers, failure) = try await answerer.answered(
      rank([Question(id: "0", text: question)], top: top))
    if let failure { throw failure }
    return answers[0]
  }
}

/// Questions and commands, line by line, until the input ends.
private struct Shell {
  let engine: AnsweringEngine
  var top: Int
  let print: (Answered) throws -> Void
  let note: (String) -> Void
  private var last: Answered?
  private var history: QuestionHistory

  init(
    engine: AnsweringEngine, top: Int, print: @escaping (Answered) throws -> Void,
    note: @escaping (String) -> Void
  ) {
    self.engine = engine
    self.top = top
    self.print = print
    self.note = note
    history = QuestionHistory()
  }

  mutating func run() async throws {
    if Console.inputIsTerminal { note("Ask a question, or :top N, :why, :history, :quit.") }
    Interruption.uninstall()
    while let line = nextLine() {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let first = words.first else { continue }
      if first == ":quit" { return }
      if first.hasPrefix(":") {
        command(first, words.dropFirst().first)
      } else {
        history.append(line)
        let answered = try await engine.answer(words.joined(separator: " "), top: top)
        last = answered
        try print(answered)
      }
    }
  }

  private func nextLine() -> String? {
    if Console.inputIsTerminal { Console.writeError("firn> ") }
    return readLine()
  }

  private mutating func command(_ name: Substring, _ argument: Substring?) {
    switch name {
    case ":top":
      if let number = argument.flatMap({ Int($0) }), number > 0 { top = number }
      note("passages in a ranking: \(top)")
    case ":why": note(last.map(Explanation.text) ?? "no question was asked yet")
    case ":history": note(history.lines.suffix(50).joined(separator: "\n"))
    default: note("expected a question, :top N, :why, :history or :quit, found \(name)")
    }
  }
}

/// The questions that were asked, also in earlier sessions; kept in the user's state folder, where
/// there is one. That it cannot be kept is no reason to stop answering.
private struct QuestionHistory {
  private let path: String?
  private(set) var lines: [String] = []

  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let state = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    path = (state ?? environment["HOME"].map { $0 + "/.local/state" }).map { $0 + "/firn/history" }
    guard Console.inputIsTerminal, let path else { return }
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    lines = text.split(separator: "\n").map(String.init)
  }

  mutating func append(_ line: String) {
    if lines.last == line { return }
    lines.append(line)
    guard Console.inputIsTerminal, let path else { return }
    let folder = (path as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let text = lines.suffix(1000).joined(separator: "\n") + "\n"
    try? Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
  }
}
