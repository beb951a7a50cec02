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

  /// The place of the question of that id, or else of that text.
  func place(id: String?, text: String?) -> Int? {
    id.flatMap { byID[$0] } ?? text.flatMap { byText[Array($0.utf8)] }
  }

  /// - Throws: `InputError` when there is no such question.
  func requirePlace(id: String?, text: String?, in path: String) throws -> Int {
    if let place = place(id: id, text: text) { return place }
    throw InputError(
      file: path, expected: "questions of \(file)",
      found: InputError.quoted(id ?? text ?? "a record without an id and a question"))
  }
}
