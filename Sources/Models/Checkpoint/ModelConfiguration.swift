import Foundation

/// A model's `config.json`: what it says about the network's shape.
package struct ModelConfiguration: Sendable {
  package let path: String
  let json: JSON

  /// - Throws: `CheckpointError` when the file is missing or no JSON.
  package init(path: String) throws(CheckpointError) {
    self.path = path
    json = try JSON(file: path)
  }

  /// A part of the file.
  init(path: String, json: JSON) {
    self.path = path
    self.json = json
  }

  /// The architecture by HuggingFace's name, such as `bert` or `llama`.
  package var modelType: String? { json["model_type"]?.string }

  /// The classes that the weights were saved from.
  package var architectures: [String] {
    (json["architectures"]?.elements ?? []).compactMap(\.string)
  }

  /// A positive whole number; `fallback` where the file says nothing or null.
  /// - Throws: `CheckpointError` when there is none, or an impossible one.
  func size(_ key: String, default fallback: Int? = nil) throws(CheckpointError) -> Int {
    // The bound keeps products of two sizes far from overflow.
    let found = given(key)
    if let size = found.map({ $0.integer }) ?? fallback, (1...1 << 24).contains(size) {
      return size
    }
    throw wrong(key, "a positive whole number")
  }

  /// A positive number.
  func number(_ key: String, default fallback: Double) throws(CheckpointError) -> Double {
    let found = given(key)
    if let number = found.map({ $0.number }) ?? fallback, number > 0 { return number }
    throw wrong(key, "a positive number")
  }

  func flag(_ key: String, default fallback: Bool) throws(CheckpointError) -> Bool {
    let found = given(key)
    if let flag = found.map({ $0.bool }) ?? fallback { return flag }
    throw wrong(key, "true or false")
  }

  /// What a wrong value of `key` is refused with.
  func wrong(_ key: String, _ expected: String, hint: String? = nil) -> CheckpointError {
    CheckpointError(
      file: path, expected: "\(key): \(expected)", found: json[key]?.summary ?? "none", hint: hint)
  }

  /// The value of a key; null says as little as no key.
  func given(_ key: String) -> JSON? { json[key].flatMap { $0 == .null ? nil : $0 } }
}

extension JSON {
  /// Reads a file of JSON that belongs to a model.
  init(file path: String) throws(CheckpointError) {
    let bytes: [UInt8]
    do {
      bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CheckpointError(
        file: path, expected: "a readable file", found: error.localizedDescription)
    }
    do {
      try self.init(bytes)
    } catch {
      throw CheckpointError(
        file: path, expected: "\(error.expected) at byte \(error.offset)", found: error.found,
        hint: "not JSON")
    }
  }
}
