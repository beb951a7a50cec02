import ArgumentParser
import Reading
import Retrieval

/// What the records of a file are; raw values are the names that users type.
enum RecordKind: String, CaseIterable {
  case passages, questions, rankings, judgements, predictions

  /// What such records can become.
  var targets: [RecordKind] {
    switch self {
    case .questions: [.questions, .judgements]
    case .rankings: [.rankings, .questions]
    case .passages, .judgements, .predictions: [self]
    }
  }

  /// The names of the formats that are read.
  var readable: [String] {
    switch self {
    case .passages: CorpusFormat.allCases.filter { $0 != .auto }.map(\.rawValue)
    case .questions: QuestionFormat.allCases.map(\.rawValue)
    case .rankings: RunFormat.allCases.map(\.rawValue)
    case .judgements: QrelsFormat.allCases.map(\.rawValue)
    case .predictions: PredictionFormat.allCases.map(\.rawValue)
    }
  }

  /// The names of the formats that are written.
  var writable: [String] {
    switch self {
    case .passages: PassageOutput.allCases.map(\.rawValue)
    case .questions: QuestionOutput.allCases.map(\.rawValue)
    case .rankings, .judgements, .predictions: readable
    }
  }
}

/// A format as users name it: `dpr`, or `rankings/dpr` where the kind is to be fixed, too.
struct RecordFormat: ExpressibleByArgument {
  let kind: RecordKind?
  let name: String

  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    guard let last = parts.last, !last.isEmpty, parts.count <= 2 else { return nil }
    name = String(last)
    kind = parts.count == 2 ? RecordKind(rawValue: String(parts[0])) : nil
    if parts.count == 2, kind == nil { return nil }
  }

  /// The kind that the name stands for: the one given with it, else `found` if that has such a
  /// format, else the only one that has.
  func kind(preferring found: RecordKind?, _ names: (RecordKind) -> [String]) throws -> RecordKind {
    let kinds = RecordKind.allCases.filter {
      names($0).contains(name) && (kind == nil || kind == $0)
    }
    if let found, kinds.contains(found) { return found }
    if kinds.count == 1 { return kinds[0] }
    guard !kinds.isEmpty else {
      let known = (kind.map { [$0] } ?? RecordKind.allCases).flatMap(names)
      throw ValidationError(
        "expected one of \(Set(known).sorted().joined(separator: ", ")), found \(name)")
    }
    let choice = kinds.map { "\($0.rawValue)/\(name)" }.joined(separator: ", ")
    throw ValidationError("expected one of \(choice), found \(name)")
  }
}

/// What a file was found to be.
struct RecognisedFile {
  let kind: RecordKind
  /// The name of its format.
  let format: String

  /// - Parameter forced: what the user says of the file.
  init(_ path: String, forced: RecordFormat?, towards target: RecordFormat) throws {
    guard let forced else {
      self = try Self.recognise(path)
      return
    }
    // The content tells formats of one name apart; standard input can be read but once.
    let found = path == "-" || forced.kind != nil ? nil : try Self.recognise(path).kind
    kind = try forced.kind(preferring: found ?? target.kind) { $0.readable }
    format = forced.name
  }

  private init(_ kind: RecordKind, _ format: String) {
    self.kind = kind
    self.format = format
  }

  private static func recognise(_ path: String) throws -> RecognisedFile {
    guard path != "-" else {
      throw ValidationError("--from: expected the format of standard input, found none")
    }
    let head = try InputFile(path).head()
    if let format = QrelsFormat.recognise(head) { return Self(.judgements, format.rawValue) }
    if let format = RunFormat.recognise(head) { return Self(.rankings, format.rawValue) }
    if let format = PredictionFormat.recognise(head) { return Self(.predictions, format.rawValue) }
    if let format = CorpusFormat.recogniseRecords(head) { return Self(.passages, format.rawValue) }
    return Self(.questions, QuestionFormat.recognise(head).rawValue)
  }
}
