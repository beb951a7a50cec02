import Foundation

/// One parsed JSON object and the place it came from, with checked access to its fields.
/// A field that is null counts as absent.
package struct JSONRecord {
  private let fields: [String: Any]
  let file: String
  let line: Int

  /// - Throws: `InputError` when `bytes` are not one UTF-8 encoded JSON object.
  package init(_ bytes: [UInt8], file: String, line: Int) throws {
    self.file = file
    self.line = line
    _ = try InputFile.text(bytes, file: file, line: line)
    do {
      if let fields = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] {
        self.fields = fields
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

  private init(fields: [String: Any], of parent: JSONRecord) {
    self.fields = fields
    file = parent.file
    line = parent.line
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
      return JSONRecord(fields: fields, of: self)
    }
  }

  package func records(_ key: String) throws -> [JSONRecord]? {
    try value(key).map { value in
      guard let all = value as? [[String: Any]] else {
        throw wrong(key, "an array of objects", value)
      }
      return all.map { JSONRecord(fields: $0, of: self) }
    }
  }

  /// The field or, if it is absent, an error that says so.
  package func require<T>(_ key: String, _ get: (String) throws -> T?) throws -> T {
    if let value = try get(key) { return value }
    let keys = fields.keys.sorted().joined(separator: ", ")
    throw error(expected: "the field \"\(key)\"", found: "the fields \(InputError.quoted(keys))")
  }

  package func error(expected: String, found: String) -> InputError {
    InputError(file: file, line: line, expected: expected, found: found)
  }

  private func value(_ key: String) -> Any? {
    fields[key].flatMap { $0 is NSNull ? nil : $0 }
  }

  private func wrong(_ key: String, _ expected: String, _ value: Any) -> InputError {
    error(expected: "\(expected) in \"\(key)\"", found: InputError.quoted("\(value)"))
  }

  private static func reason(_ error: any Error) -> String? {
    (error as NSError).userInfo["NSDebugDescription"].map { "\($0)" }
  }
}
