import Retrieval

/// Questions of a file by their ids and by their exact text.
struct QuestionLookup {
  let questions: [Question]
  let file: String
  private var byID: [String: Int] = [:]
  /// Scalar for scalar, as the scorer of NQ-open compares.
  private var byText: [[UInt8]: Int] = [:]

  init(_ path: String, format: QuestionFormat?) throws {
    questions = try QuestionFile.read(path, format: format)
    file = path
    for (place, question) in questions.enumerated() {
      byID[question.id] = place
      byText[Array(question.text.utf8)] = byText[Array(question.text.utf8)] ?? place
    }
  }

  /// The place of the question of that id; where its text is another, as may be when an id was only
  /// a number in order, that of the question of the text.
  ///
  /// - Throws: `InputError` when there is no such question.
  func place(
    id: String?, text: String?, in path: String, _ losses: LossReport
  ) throws -> Int {
    let named = id.flatMap { byID[$0] }
    let key = text.map { Array($0.utf8) }
    if let named, key == nil || key == Array(questions[named].text.utf8) { return named }
    if let spelled = key.flatMap({ byText[$0] }) { return spelled }
    if let named {
      losses.add("the question's own text (another has its id)")
      return named
    }
    throw InputError(
      file: path, expected: "questions of \(file)",
      found: InputError.quoted(id ?? text ?? "a record without an id and a question"))
  }
}
