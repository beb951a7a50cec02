import Foundation
import Native
import Testing

@testable import Models

struct SafetensorsFileTests {
  /// A file of a header with its true length, and numbers behind it.
  private func file(_ header: String, data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
    let length = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + Array(header.utf8) + data
  }

  private func entry(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    #"{"x":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.safetensors"
    let tensors = [
      NamedTensor(name: "b", shape: [2, 3], values: [1, -2, 3.5, 0, .infinity, 0x1p-140]),
      NamedTensor(name: "a", shape: [], values: [7]),
      NamedTensor(name: "empty", shape: [0, 4], values: []),
    ]
    try SafetensorsFile.write(path: path, tensors: tensors, metadata: ["k": "v \"quoted\"\n"])
    let file = try SafetensorsFile(path: path)
    #expect(file.names == ["a", "b", "empty"])
    #expect(file.metadata == ["k": "v \"quoted\"\n"])
    for tensor in tensors {
      #expect(try file.floats(tensor.name) == tensor.values)
      #expect(file.shape(of: tensor.name) == tensor.shape)
    }
    #expect(try file.table("b").copy() == tensors[0].values)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.safetensors"])
  }

  @Test func theSameContentGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", "\($0)") })
    let tensor = NamedTensor(name: "x", shape: [1], values: [1])
    for name in ["/a", "/b"] {
      try SafetensorsFile.write(path: folder.path + name, tensors: [tensor], metadata: metadata)
    }
    let a = try Data(contentsOf: URL(filePath: folder.path + "/a"))
    #expect(try a == Data(contentsOf: URL(filePath: folder.path + "/b")))
  }

  @Test func halfPrecisionFormatsAreConverted() throws {
    // 1.5 is 0x3E00 in float16 and 0x3FC0 in bfloat16; 0x0001 is the least subnormal, 2^-24, in
    // float16 and 2^-133 in bfloat16.
    let folder = try TemporaryFolder()
    let half = file(entry("F16", "[2]", "[0,4]"), data: [0x00, 0x3E, 0x01, 0x00])
    let brain = file(entry("BF16", "[2]", "[0,4]"), data: [0xC0, 0x3F, 0x01, 0x00])
    let first = try SafetensorsFile(path: folder.write("half", half))
    let second = try SafetensorsFile(path: folder.write("brain", brain))
    #expect(try first.floats("x") == [1.5, 0x1p-24])
    #expect(try second.floats("x") == [1.5, 0x1p-133])
    #expect(try first.table("x").copy() == [1.5, 0x1p-24])
  }

  @Test func aHeaderOfOddLengthLeavesFloatsReadable() throws {
    let folder = try TemporaryFolder()
    for spaces in 0..<4 {
      let header = entry("F32", "[1]", "[0,4]") + String(repeating: " ", count: spaces)
      let path = try folder.write("\(spaces)", file(header, data: [0, 0, 0x80, 0x3F]))
      #expect(try SafetensorsFile(path: path).floats("x") == [1])
      #expect(try SafetensorsFile(path: path).table("x").copy() == [1])
    }
  }

  @Test func aFileCutOffAnywhereIsRefused() throws {
    let folder = try TemporaryFolder()
    let whole = file(entry("F32", "[2]", "[0,8]"), data: [UInt8](repeating: 0, count: 8))
    for count in 0..<whole.count {
      let path = try folder.write("cut", Array(whole.prefix(count)))
      #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
    }
  }

  @Test(arguments: [
    ("F32", "[2]", "[0,4]"), ("F32", "[2]", "[4,12]"), ("F32", "[2]", "[8,0]"),
    ("F32", "[2]", "[-8,0]"), ("F32", "[-1,-2]", "[0,8]"), ("F32", "[2]", "[0]"),
    ("F32", "[2]", "[0,8.5]"), ("F32", "2", "[0,8]"), ("F32", "[2.5]", "[0,8]"),
    ("Q4", "[2]", "[0,8]"), ("F32", "[4611686018427387904,4611686018427387904]", "[0,8]"),
    ("F32", "[2]", "[0,99999999999999999999999]"), ("F16", "[2]", "[0,8]"),
    ("F32", "[4611686018427387904,4,0]", "[0,0]"),
    ("F32", "[2]", "[9223372036854775800,9223372036854775807]"),
  ])
  func anEntryThatLiesIsRefusedByName(dtype: String, shape: String, offsets: String) throws {
    let folder = try TemporaryFolder()
    let bytes = file(entry(dtype, shape, offsets), data: [UInt8](repeating: 0, count: 8))
    let path = try folder.write("x", bytes)
    let error = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
    #expect(error.tensor == "x")
  }

  @Test(arguments: [UInt64.max, 1 << 63, 1 << 40, 100_000_001, 60])
  func aHeaderLengthBeyondTheFileIsRefused(length: UInt64) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("x", file("{}", length: length))
    let error = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
    #expect(error.found == "a header of \(length) bytes")
  }

  @Test(arguments: ["[]", "12", "{\"x\":1}", "{\"x\":", "{\"x\":{}}", "\u{1F}\u{8B}"])
  func aForeignHeaderIsRefused(header: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("x", file(header))
    #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
  }

  @Test func twoTensorsOfOneNameAreRefused() throws {
    let folder = try TemporaryFolder()
    let one = entry("F32", "[0]", "[0,0]").dropFirst().dropLast()
    let path = try folder.write("x", file("{\(one),\(one)}"))
    #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
  }

  @Test func aTensorThatIsMissingOrNotOfFloatsIsNamed() throws {
    let folder = try TemporaryFolder()
    let bytes = file(entry("I64", "[1]", "[0,8]"), data: [UInt8](repeating: 0, count: 8))
    let opened = try SafetensorsFile(path: folder.write("x", bytes))
    let integers = try #require(throws: CheckpointError.self) { try opened.floats("x") }
    let missing = try #require(throws: CheckpointError.self) { try opened.floats("y") }
    #expect(integers.found == "I64")
    #expect(missing.tensor == "y")
  }

  @Test func aMissingFileIsAFileError() {
    #expect(throws: FileError.self) { try SafetensorsFile(path: "/nonexistent/x") }
  }

  @Test func aFolderThatCannotBeWrittenLeavesNothingBehind() throws {
    #expect(throws: FileError.self) {
      try SafetensorsFile.write(path: "/nonexistent/folder/x", tensors: [])
    }
  }
}
