import Foundation
import Native
import Testing

@testable import Models

struct PyTorchFileTests {
  /// The pickle of {"w": a tensor of that shape in a float32 storage 0 of `count` numbers}, as
  /// text in which each instruction stands for itself.
  static func pickle(
    storage: String = "torch\nFloatStorage", key: String = "0", count: Int = 2, offset: Int = 0,
    shape: [Int] = [2], strides: [Int] = [1]
  ) -> [UInt8] {
    let identifier = tuple(text("storage"), global(storage), text(key), text("cpu"), integer(count))
    let tensor = tuple(
      identifier + [0x51], integer(offset), sizes(shape), sizes(strides), [0x89],
      global("collections\nOrderedDict") + [0x29, 0x52])
    return program(text("w") + global("torch._utils\n_rebuild_tensor_v2") + tensor + [0x52, 0x73])
  }

  static func sizes(_ sizes: [Int]) -> [UInt8] {
    var bytes: [UInt8] = [0x28]
    for size in sizes { bytes += integer(size) }
    return bytes + [0x74]
  }

  static func tuple(_ elements: [UInt8]...) -> [UInt8] { [0x28] + elements.joined() + [0x74] }

  /// Protocol 2, an empty dictionary, some instructions, the end.
  static func program(_ instructions: [UInt8]) -> [UInt8] {
    [0x80, 2, 0x7D] + instructions + [0x2E]
  }

  static func text(_ text: String) -> [UInt8] {
    [0x58] + StoredZip.number(text.utf8.count, 4) + Array(text.utf8)
  }

  static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + StoredZip.number(value, 8) }

  static func global(_ name: String) -> [UInt8] { [0x63] + Array(name.utf8) + [0x0A] }

  private func open(_ zip: StoredZip) throws -> PyTorchFile {
    let folder = try TemporaryFolder()
    return try PyTorchFile(path: folder.write("a.bin", zip.bytes))
  }

  private func failure(_ zip: StoredZip) throws -> CheckpointError {
    try #require(throws: CheckpointError.self) { try open(zip) }
  }

  @Test(arguments: ["tensors.bin", "tensors-4.bin"])
  func whatPyTorchSavedIsReadBack(name: String) throws {
    let file = try PyTorchFile(path: Fixtures.path("Checkpoints/\(name)"))
    let expected: [String: (shape: [Int], values: [Float])] = [
      "weight": ([2, 3], [0, 1, 2, 3, 4, 5]), "tied": ([2, 3], [0, 1, 2, 3, 4, 5]),
      "transposed": ([3, 2], [0, 3, 1, 4, 2, 5]), "column": ([2], [1, 4]),
      "row": ([1, 3], [3, 4, 5]), "half": ([2], [1.5, 0x1p-24]),
      "brain": ([2, 1], [1.5, 0x1p-133]), "parameter": ([1], [-1]), "scalar": ([], [7]),
      "empty": ([0, 4], []),
    ]
    #expect(Set(file.names) == Set(expected.keys).union(["positions"]))
    for (name, tensor) in expected {
      #expect(file.shape(of: name) == tensor.shape, "\(name)")
      #expect(try file.floats(name) == tensor.values, "\(name)")
      #expect(try file.table(name).copy() == tensor.values, "\(name)")
    }
    #expect(file.format(of: "half") == "F16")
    #expect(file.format(of: "brain") == "BF16")
    let integers = try #require(throws: CheckpointError.self) { try file.floats("positions") }
    #expect(integers.found == "I64")
  }

  @Test func theFormFromBeforeZipIsRefusedByName() throws {
    let path = Fixtures.path("Checkpoints/tensors-legacy.bin")
    let error = try #require(throws: CheckpointError.self) { try PyTorchFile(path: path) }
    #expect(error.found == "the form from before PyTorch 1.6")
  }

  @Test func aFileCutOffAnywhereIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = Fixtures.path("Checkpoints/shards/pytorch_model-00001-of-00002.bin")
    let whole = try [UInt8](Data(contentsOf: URL(filePath: path)))
    for count in stride(from: 0, to: whole.count, by: 13) {
      let cut = try folder.write("cut", Array(whole.prefix(count)))
      #expect(throws: CheckpointError.self) { try PyTorchFile(path: cut) }
    }
  }

  @Test func noChangedByteCrashesTheReader() throws {
    let folder = try TemporaryFolder()
    let path = Fixtures.path("Checkpoints/tensors.bin")
    let whole = try [UInt8](Data(contentsOf: URL(filePath: path)))
    var refused = 0
    for index in stride(from: 0, to: whole.count, by: 13) {
      var damaged = whole
      damaged[index] ^= 0xFF
      do {
        let file = try PyTorchFile(path: folder.write("damaged", damaged))
        for name in file.names { _ = try? file.floats(name) }
      } catch is CheckpointError {
        refused += 1
      }
    }
    // Bytes of the pickle, of the directory and of the headers' names; the rest is numbers.
    #expect(refused > 70)
  }

  @Test func aHandMadeArchiveOpens() throws {
    #expect(try open(StoredZip(pickle: Self.pickle())).floats("w") == [1, 2])
    let second = Self.pickle(offset: 1, shape: [1, 1], strides: [7, 9])
    #expect(try open(StoredZip(pickle: second)).floats("w") == [2])
  }

  @Test(arguments: [
    "os\nsystem", "posix\nsystem", "builtins\neval", "torch\nload",
    "torch._utils\n_rebuild_qtensor",
    "collections\nOrderedDict2", "torch\nFloatStorage.x",
  ])
  func aNameThatIsNoPartOfTensorsIsRefusedByName(name: String) throws {
    let call = Self.global(name) + Self.text("true") + [0x85, 0x52]
    let error = try failure(StoredZip(pickle: Self.program(Self.text("w") + call + [0x73])))
    #expect(error.found == name.replacing("\n", with: "."))
    let parts = name.split(separator: "\n").map { Self.text(String($0)) }.flatMap { $0 }
    let later = try failure(StoredZip(pickle: Self.program(parts + [0x93])))
    #expect(later.found == error.found)
  }

  /// INST, OBJ, NEWOBJ, EXT1, BINFLOAT, BINBYTES, PERSID, DUP, POP, LIST, NEXT_BUFFER, BYTEARRAY8.
  @Test(
    arguments: [
      0x69, 0x6F, 0x81, 0x82, 0x47, 0x42, 0x50, 0x32, 0x30, 0x5D, 0x97, 0x96, 0x00, 0xFF,
    ] as [UInt8])
  func anInstructionThatTensorsDoNotNeedIsRefusedByNumber(instruction: UInt8) throws {
    let error = try failure(StoredZip(pickle: Self.program([instruction, 1, 2, 3, 4])))
    #expect(error.found == "the instruction 0x\(String(instruction, radix: 16))")
    #expect(error.expected.hasSuffix("at byte 3 of data.pkl"))
  }

  @Test(
    arguments: [
      [], [0x80], [0x80, 2], [0x80, 9, 0x2E], [0x80, 2, 0x2E], [0x80, 2, 0x4E, 0x2E],
      [0x80, 2, 0x7D, 0x28, 0x2E], [0x80, 2, 0x7D, 0x73, 0x2E], [0x80, 2, 0x7D, 0x75, 0x2E],
      [0x80, 2, 0x7D, 0x74, 0x74, 0x2E], [0x80, 2, 0x7D, 0x68, 5, 0x2E], [0x80, 2, 0x71, 0, 0x2E],
      [0x80, 2, 0x7D, 0x4E, 0x4E, 0x73, 0x2E], [0x80, 2, 0x7D, 0x28, 0x4E, 0x75, 0x2E],
      [0x80, 2, 0x7D, 0x58, 255, 255, 255, 255, 0x2E], [0x80, 2, 0x7D, 0x8A, 9, 0x2E],
      [0x80, 2, 0x7D, 0x58, 1, 0, 0, 0, 0xFF, 0x2E], [0x80, 2, 0x7D, 0x4E, 0x62, 0x2E],
      [0x80, 2, 0x7D, 0x51, 0x2E], [0x80, 2, 0x7D, 0x4E, 0x52, 0x2E], [0x80, 2, 0x7D, 0x93, 0x2E],
      [0x80, 2, 0x7D, 0x63, 0x61, 0x2E], [0x80, 2, 0x7D, 0x85, 0x86, 0x2E],
    ] as [[UInt8]])
  func aBrokenProgramIsRefused(pickle: [UInt8]) throws {
    #expect(try failure(StoredZip(pickle: pickle)).expected.contains("data.pkl"))
  }

  @Test func dictionariesInsideThemselvesAndDeepTuplesAreRefusedWithoutACrash() throws {
    let own = Self.program([0x71, 0] + Self.text("w") + [0x68, 0, 0x73])
    #expect(try failure(StoredZip(pickle: own)).expected.contains("a tensor for w"))
    let deep = [0x29] + [UInt8](repeating: 0x85, count: 1 << 18)
    #expect(
      try failure(StoredZip(pickle: Self.program(Self.text("w") + deep + [0x73])))
        .expected.contains("a tensor for w"))
  }

  @Test(arguments: [
    pickle(count: 3), pickle(shape: [3]), pickle(offset: 1), pickle(offset: -1),
    pickle(shape: [-2]), pickle(strides: [-1]), pickle(strides: [2]), pickle(shape: [2, 1]),
    pickle(shape: [2], strides: [0]), pickle(offset: .max), pickle(strides: [.max]),
    pickle(shape: [.max], strides: [.max]), pickle(shape: [1 << 32, 1 << 32], strides: [0, 0]),
    pickle(count: .max), pickle(count: -1), pickle(key: "1"), pickle(key: "../data.pkl"),
    pickle(storage: "torch\nDoubleStorage"),
  ])
  func aTensorOutsideItsStorageIsRefused(pickle: [UInt8]) throws {
    _ = try failure(StoredZip(pickle: pickle))
  }

  @Test func anArchiveThatLiesIsRefused() throws {
    func lie(_ change: (inout StoredZip) -> Void) -> StoredZip {
      var zip = StoredZip(pickle: Self.pickle())
      change(&zip)
      return zip
    }
    let lies = [
      lie { $0.records[2].size = 1 << 30 }, lie { $0.records[2].compressedSize = 3 },
      lie { $0.records[2].method = 8 }, lie { $0.records[2].flags = 1 },
      lie { $0.records[2].offset = 1 << 31 }, lie { $0.records[2].offset = 5 },
      lie { $0.records[2].offset = 0 }, lie { $0.records[2].localName = "x/data/1" },
      lie { $0.records[0].localName = "" }, lie { $0.count = 2 }, lie { $0.count = 4 },
      lie { $0.directoryOffset = 1 << 31 }, lie { $0.directoryOffset = 1 },
      lie { $0.directorySize = 1 << 31 }, lie { $0.directorySize = 0 },
      lie { $0.records.append($0.records[2]) }, lie { $0.records.remove(at: 0) },
      lie { $0.records[1] = .init(name: "x/byteorder", bytes: Array("big".utf8)) },
      lie { $0.records[2].size = 0xFFFF_FFFF },
      lie { zip in
        zip.records[2].size = 0xFFFF_FFFF
        zip.records[2].extra = [1, 0, 8, 0] + StoredZip.number(.max, 8)
      },
    ]
    for (index, zip) in lies.enumerated() {
      #expect(throws: CheckpointError.self, "lie \(index)") { try open(zip) }
    }
  }

  @Test func sizesOfMoreThan32BitsAreTakenFromTheExtraField() throws {
    var zip = StoredZip(pickle: Self.pickle())
    zip.records[2].compressedSize = 8
    zip.records[2].size = 0xFFFF_FFFF
    zip.records[2].extra = [9, 0, 1, 0, 0, 1, 0, 8, 0] + StoredZip.number(8, 8)
    #expect(try open(zip).floats("w") == [1, 2])
  }
}
