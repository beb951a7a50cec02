import Foundation
import Testing

@testable import Retrieval

struct JSONValueTests {
  private static let texts = [
    #"{"a": 1, "b": [true, false, null], "c": {"d": -0.5e+3}}"#, " [ ] ", "{}", "[1,2,[3,[4]]]",
    #"["\u0041\n\t\"\\\/\b\f\r", "\ud83e\udd89 🦉", "é", "\u0000"]"#, "0", "-12.5E-2", #""x""#,
    "1234", "\t\r\n true ", #"{"":{"":[]}}"#, #"{"a":"b","c":["d","e"]}"#,
  ]

  @Test(arguments: texts)
  func valuesAreThoseOfFoundation(text: String) throws {
    let expected = try JSONSerialization.jsonObject(
      with: Data(text.utf8), options: .fragmentsAllowed)
    #expect(try object(JSONParser.parse(Array(text.utf8))).isEqual(expected))
  }

  @Test(arguments: [
    "", " ", "{", "[1", #"{"a"}"#, #"{"a":1,}"#, "[1,]", "01", "1.", ".5", "+1", "1e", "-", "NaN",
    "tru", "[1 2]", #""a"#, "\"\n\"", #""\x""#, #""\u12g4""#, #""\ud83e""#, #""\ud83ex""#,
    #""\udd89""#, "{1:2}", "[1]]", "'a'", "// a\n1", #""\u+123""#,
  ])
  func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
  }

  /// Texts with one byte changed, dropped or doubled are taken or refused as Foundation does.
  @Test func brokenTextsAreJudgedAsFoundationDoes() throws {
    var random = SystemRandomNumberGenerator()
    let bytes = Array("{}[]\",:0-.eE+ntu\\ \u{1}x".utf8)
    for text in Self.texts {
      for _ in 0..<200 {
        var broken = Array(text.utf8)
        let place = Int.random(in: broken.indices, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: broken[place] = bytes.randomElement(using: &random) ?? 0
        case 1: broken.remove(at: place)
        default: broken.insert(broken[place], at: place)
        }
        guard let name = String(validating: broken, as: UTF8.self) else { continue }
        let expected = try? JSONSerialization.jsonObject(
          with: Data(broken), options: .fragmentsAllowed)
        let found = try? object(JSONParser.parse(broken))
        #expect((found == nil) == (expected == nil), "\(name)")
        if let found, let expected { #expect(found.isEqual(expected), "\(name)") }
      }
    }
  }

  @Test func nestingHasAnEnd() throws {
    let deep = { (levels: Int) in [UInt8](repeating: 0x5B, count: levels) + [0x5D] }
    #expect(throws: JSONSyntaxError(expected: "at most 512 levels", byte: 512)) {
      try JSONParser.parse(deep(100_000))
    }
    let whole = [UInt8](repeating: 0x5B, count: 512) + [UInt8](repeating: 0x5D, count: 512)
    _ = try JSONParser.parse(whole)
  }

  @Test func numbersKeepTheirDigitsAndTheLastOfTwoFieldsCounts() throws {
    let record = try JSONRecord(
      Array(#"{"id": 12345678901234567890123, "a": 1, "a": 2, "b": 1.5}"#.utf8), file: "f", line: 1)
    #expect(try record.id("id") == "12345678901234567890123")
    #expect(try record.integer("a") == 2)
    #expect(throws: InputError.self) { try record.id("b") }
  }

  private func object(_ value: JSONValue) throws -> NSObject {
    switch value {
    case .null: return NSNull()
    case .bool(let flag): return NSNumber(value: flag)
    case .number(let digits): return NSNumber(value: try #require(Double(digits)))
    case .string(let text): return NSString(string: text)
    case .array(let values): return NSArray(array: try values.map(object))
    case .object(let members):
      return NSDictionary(
        dictionary: Dictionary(
          try members.map { ($0.key as NSString, try object($0.value)) }, uniquingKeysWith: { $1 }))
    }
  }
}
