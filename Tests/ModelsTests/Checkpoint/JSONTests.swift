import Testing

@testable import Models

struct JSONTests {
  @Test func valuesAreReadInOrder() throws {
    let text = #" {"b": [1, -2.5e1, true, null], "a": "\u00e9\ud83d\ude42\n"} "#
    let json = try JSON([UInt8](text.utf8))
    #expect(json.members?.map(\.key) == ["b", "a"])
    #expect(json["b"] == .array([.integer(1), .number(-25), .bool(true), .null]))
    #expect(json["a"]?.string == "é🙂\n")
  }

  @Test func aLiteralReadsBackAsTheSameText() throws {
    let text = "\"\\\n\t\0\u{1F}é🙂/"
    #expect(try JSON([UInt8](JSON.literal(text).utf8)) == .string(text))
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\" 1}", "{\"a\":1,}", "01", "-", "+1", ".5", "1.", "1.e3", "1e999", "nul",
    "\"\\x\"",
    "\"\\ud800\"", "\"\\u12g4\"", "\"a\nb\"", "1 2", "\"abc", "[1 2]",
  ])
  func whatIsNotJSONIsRefused(text: String) {
    #expect(throws: JSONError.self) { try JSON([UInt8](text.utf8)) }
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    #expect(throws: JSONError(offset: 1, expected: "UTF-8", found: "\u{FFFD}\"")) {
      try JSON([0x22, 0xFF, 0x22])
    }
  }

  @Test func deepNestingDoesNotExhaustTheStack() {
    let brackets = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
    #expect(throws: JSONError.self) { try JSON(brackets) }
  }
}
