/// One parsed JSON object and the place it came from, with checked access to its fields.
/// A field that is null counts as absent; of fields of one name the last counts.
package struct JSONRecord {
  private let fields: [(key: String, value: JSONValue)]
  private let report: FieldReport?
  let file: String
  let line: Int

  /// - Parameter report: keeps account of the fields that nothing asks for.
  /// - Throws: `InputError` when `bytes` are not one UTF-8 encoded JSON object.
  package init(
    _ bytes: [UInt8], file: String, line: Int, report: ReadingReport? = nil
  ) throws {
    _ = try InputFile.text(bytes, file: file, line: line)
    let value: JSONValue
    do {
      value = try JSONParser.parse(bytes)
    } catch let error as JSONSyntaxError {
      throw InputError(
        file: file, line: line, expected: "a complete JSON object",
        found: InputError.quoted(bytes), hint: "at byte \(error.byte + 1): \(error.expected)")
    }
    guard case .object(let fields) = value else {
      throw InputError(
        file: file, line: line, expected: "a JSON object", found: InputError.quoted(bytes))
    }
    self.init(fields: fields, report: report?.fields, file: file, line: line)
  }

  private init(
    fields: [(key: String, value: JSONValue)], report: FieldReport?, file: String, line: Int
  ) {
    self.fields = fields
    self.report = report
    self.file = file
    self.line = line
    guard let report else { return }
    for (key, value) in fields {
      if case .null = value { continue }
      report.see(key)
    }
  }

  /// The record in one of the fields.
  private func inner(_ fields: [(key: String, value: JSONValue)], _ key: String) -> JSONRecord {
    JSONRecord(fields: fields, report: report?.inside(key), file: file, line: line)
  }

  package func has(_ key: String) -> Bool { value(key) != nil }

  /// An id: a string, or an integer whose digits are kept.
  package func id(_ key: String) throws -> String? {
    switch value(key) {
    case nil: return nil
    case .string(let text)? where !text.isEmpty: return text
    case .number(let digits)? where digits.utf8.allSatisfy({ $0.isDigit || $0 == 0x2D }):
      return digits
    case let other?: throw wrong(key, "a string or an integer", other)
    }
  }

  package func string(_ key: String) throws -> String? {
    try value(key).map { value in
      guard case .string(let text) = value else { throw wrong(key, "a string", value) }
      return text
    }
  }

  /// A string or an array of strings, as an array.
  package func strings(_ key: String) throws -> [String]? {
    try value(key).map { value in
      if case .string(let text) = value { return [text] }
      guard case .array(let items) = value else { throw wrong(key, "an array of strings", value) }
      return try items.map { item in
        guard case .string(let text) = item else { throw wrong(key, "an array of strings", value) }
        return text
      }
    }
  }

  /// A string, a number or a truth value as text, or an array of such; as an array.
  package func texts(_ key: String) throws -> [String]? {
    try value(key).map { value in
      let items = if case .array(let items) = value { items } else { [value] }
      return try items.map { item in
        switch item {
        case .string, .number, .bool: item.text
        default: throw wrong(key, "texts or numbers", value)
        }
      }
    }
  }

  /// A number, or a string that spells one.
  package func number(_ key: String) throws -> Double? {
    try value(key).map { value in
      switch value {
      case .number(let text), .string(let text):
        if let number = Double(text) { return number }
        fallthrough
      default: throw wrong(key, "a number", value)
      }
    }
  }

  /// A number that is neither infinite nor undefined.
  package func finite(_ key: String) throws -> Double? {
    try number(key).map { number in
      guard number.isFinite else { throw wrong(key, "a finite number", .number("\(number)")) }
      return number
    }
  }

  /// Pairs of integers.
  func integerPairs(_ key: String) throws -> [(Int, Int)]? {
    try value(key).map { value in
      guard case .array(let pairs) = value else { throw wrong(key, "pairs of integers", value) }
      return try pairs.map { pair in
        guard case .array(let ends) = pair, ends.count == 2, case .number(let low) = ends[0],
          case .number(let high) = ends[1], let low = Int(low), let high = Int(high)
        else { throw wrong(key, "pairs of integers", value) }
        return (low, high)
      }
    }
  }

  package func integer(_ key: String) throws -> Int? {
    try number(key).map { number in
      guard let whole = Int(exactly: number) else {
        throw wrong(key, "an integer", .number("\(number)"))
      }
      return whole
    }
  }

  /// True or false; 1 and 0 stand for them.
  package func bool(_ key: String) throws -> Bool? {
    try value(key).map { value in
      switch value {
      case .bool(let flag): flag
      case .number("1"): true
      case .number("0"): false
      default: throw wrong(key, "true or false", value)
      }
    }
  }

  package func record(_ key: String) throws -> JSONRecord? {
    try value(key).map { value in
      guard case .object(let fields) = value else { throw wrong(key, "an object", value) }
      return inner(fields, key)
    }
  }

  package func records(_ key: String) throws -> [JSONRecord]? {
    try value(key).map { value in
      guard case .array(let items) = value else {
        throw wrong(key, "an array of objects", value)
      }
      return try items.map { item in
        guard case .object(let fields) = item else {
          throw wrong(key, "an array of objects", value)
        }
        return inner(fields, key)
      }
    }
  }

  /// The field or, if it is absent, an error that says so.
  package func require<T>(_ key: String, _ get: (String) throws -> T?) throws -> T {
    if let value = try get(key) { return value }
    let keys = fields.map(\.key).sorted().joined(separator: ", ")
    throw error(expected: "the field \"\(key)\"", found: "the fields \(InputError.quoted(keys))")
  }

  /// Asks for fields of which nothing is kept because others say the same.
  package func skip(_ keys: String...) {
    for key in keys { report?.ask(key) }
  }

  /// Notes something of the record that its reader has no place for.
  package func reportUnread(_ what: String) { report?.see(what) }

  package func error(expected: String, found: String) -> InputError {
    InputError(file: file, line: line, expected: expected, found: found)
  }

  private func value(_ key: String) -> JSONValue? {
    report?.ask(key)
    guard let value = fields.last(where: { $0.key == key })?.value else { return nil }
    if case .null = value { return nil }
    return value
  }

  private func wrong(_ key: String, _ expected: String, _ value: JSONValue) -> InputError {
    error(expected: "\(expected) in \"\(key)\"", found: InputError.quoted(value.text))
  }
}
