import Foundation

/// One parsed JSON object and the place it came from, with checked access to its fields.
/// A field that is null counts as absent.
package struct JSONRecord {
  private let fields: [String: Any]
  /// Before the names of fields in a report: empty, or as in `ctxs.`.
  private let path: String
  private let report: ReadingReport?
  let file: String
  let line: Int

  /// - Parameter report: keeps account of the fields that nothing asks for.
  /// - Throws: `InputError` when `bytes` are not one UTF-8 encoded JSON object.
  package init(
    _ bytes: [UInt8], file: String, line: Int, report: ReadingReport? = nil
  ) throws {
    self.file = file
    self.line = line
    self.report = report
    path = ""
    _ = try InputFile.text(bytes, file: file, line: line)
    do {
      if let fields = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] {
        self.fields = fields
        seeFields()
        return
      }
    } catch {
      throw InputError(
        file: file, line: line, expected: "a complete JSON object",
        found: InputError.quoted(bytes), hint: JSONRecord.reason(error))
    }
    throw InputError(
      file: file, line: line, expected: "a JSON object", found: InputError.quoted(bytes))
  }

  private init(fields: [String: Any], of parent: JSONRecord, _ key: String) {
    self.fields = fields
    path = "\(parent.path)\(key)."
    report = parent.report
    file = parent.file
    line = parent.line
    seeFields()
  }

  private func seeFields() {
    guard let report else { return }
    for (key, value) in fields where !(value is NSNull) { report.see(path + key) }
  }

  package func has(_ key: String) -> Bool { value(key) != nil }

  /// An id: a string, or an integer whose digits are kept.
  package func id(_ key: String) throws -> String? {
    switch value(key) {
    case nil: return nil
    case let text as String where !text.isEmpty: return text
    case let number as NSNumber where number.stringValue.allSatisfy({ $0 == "-" || $0.isNumber }):
      return number.stringValue
    case let other?: throw wrong(key, "a string or an integer", other)
    }
  }

  package func string(_ key: String) throws -> String? {
    try value(key).map { value in
      guard let text = value as? String else { throw wrong(key, "a string", value) }
      return text
    }
  }

  /// A string or an array of strings, as an array.
  package func strings(_ key: String) throws -> [String]? {
    try value(key).map { value in
      if let text = value as? String { return [text] }
      guard let texts = value as? [String] else { throw wrong(key, "an array of strings", value) }
      return texts
    }
  }

  /// A number, or a string that spells one.
  package func number(_ key: String) throws -> Double? {
    try value(key).map { value in
      if let number = value as? NSNumber { return number.doubleValue }
      guard let text = value as? String, let number = Double(text) else {
        throw wrong(key, "a number", value)
      }
      return number
    }
  }

  /// A number that is neither infinite nor undefined.
  package func finite(_ key: String) throws -> Double? {
    try number(key).map { value in
      guard value.isFinite else { throw wrong(key, "a finite number", value) }
      return value
    }
  }

  /// Pairs of integers.
  func integerPairs(_ key: String) throws -> [(Int, Int)]? {
    try value(key).map { value in
      guard let pairs = value as? [[Int]], pairs.allSatisfy({ $0.count == 2 }) else {
        throw wrong(key, "pairs of integers", value)
      }
      return pairs.map { ($0[0], $0[1]) }
    }
  }

  package func integer(_ key: String) throws -> Int? {
    try number(key).map { value in
      guard let whole = Int(exactly: value) else { throw wrong(key, "an integer", value) }
      return whole
    }
  }

  package func bool(_ key: String) throws -> Bool? {
    try value(key).map { value in
      guard let flag = value as? Bool else { throw wrong(key, "true or false", value) }
      return flag
    }
  }

  package func record(_ key: String) throws -> JSONRecord? {
    try value(key).map { value in
      guard let fields = value as? [String: Any] else { throw wrong(key, "an object", value) }
      return JSONRecord(fields: fields, of: self, key)
    }
  }

  package func records(_ key: String) throws -> [JSONRecord]? {
    try value(key).map { value in
      guard let all = value as? [[String: Any]] else {
        throw wrong(key, "an array of objects", value)
      }
      return all.map { JSONRecord(fields: $0, of: self, key) }
    }
  }

  /// The field or, if it is absent, an error that says so.
  package func require<T>(_ key: String, _ get: (String) throws -> T?) throws -> T {
    if let value = try get(key) { return value }
    let keys = fields.keys.sorted().joined(separator: ", ")
    throw error(expected: "the field \"\(key)\"", found: "the fields \(InputError.quoted(keys))")
  }

  /// Asks for fields of which nothing is kept because others say the same.
  package func skip(_ keys: String...) {
    for key in keys { report?.ask(path + key) }
  }

  /// Notes something of the record that its reader has no place for.
  package func reportUnread(_ what: String) { report?.see(path + what) }

  package func error(expected: String, found: String) -> InputError {
    InputError(file: file, line: line, expected: expected, found: found)
  }

  private func value(_ key: String) -> Any? {
    report?.ask(path + key)
    return fields[key].flatMap { $0 is NSNull ? nil : $0 }
  }

  private func wrong(_ key: String, _ expected: String, _ value: Any) -> InputError {
    error(expected: "\(expected) in \"\(key)\"", found: InputError.quoted("\(value)"))
  }

  private static func reason(_ error: any Error) -> String? {
    (error as NSError).userInfo["NSDebugDescription"].map { "\($0)" }
  }
}
