import Retrieval

/// A text with places for the fields of a record: `{question}`. Other braces stand for themselves.
package struct FieldText: Sendable, Equatable {
  private enum Piece: Sendable, Equatable {
    case text(String)
    case field(String)
  }

  private let pieces: [Piece]

  package init(_ text: String) {
    var (pieces, plain) = ([Piece](), "")
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      let inner = rest[rest.index(after: open)...]
      let name = inner.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
      guard !name.isEmpty, name.endIndex < inner.endIndex, inner[name.endIndex] == "}" else {
        plain += rest[...open]
        rest = inner
        continue
      }
      plain += rest[..<open]
      pieces += [.text(plain), .field(String(name))]
      plain = ""
      rest = inner[inner.index(after: name.endIndex)...]
    }
    self.pieces = (pieces + [.text(plain + rest)]).filter { $0 != .text("") }
  }

  /// The fields that it has places for.
  package var fields: Set<String> {
    Set(pieces.compactMap { if case .field(let name) = $0 { name } else { nil } })
  }

  /// The text with the fields in place; lists as their elements between commas.
  package func filled(_ record: TaskRecord) -> String {
    filled { record.fields[$0, default: []].joined(separator: ", ") }
  }

  /// One text for each element of the record's lists: other ways to say the same.
  package func alternatives(_ record: TaskRecord) -> [String] {
    let count = fields.map { record.fields[$0, default: []].count }.max() ?? 1
    return (0..<max(1, count)).map { index in
      filled { name in
        let values = record.fields[name, default: []]
        return values.isEmpty ? "" : values[min(index, values.count - 1)]
      }
    }
  }

  private func filled(_ value: (String) -> String) -> String {
    pieces.reduce(into: "") { text, piece in
      switch piece {
      case .text(let plain): text += plain
      case .field(let name): text += value(name)
      }
    }
  }
}

/// How a task's records are put to a model: what it reads, and what it should write.
package struct TaskTemplate: Sendable, Equatable {
  package let input, target: FieldText

  package init(input: String, target: String) {
    self.input = FieldText(input)
    self.target = FieldText(target)
  }

  package var fields: Set<String> { input.fields.union(target.fields) }
}
