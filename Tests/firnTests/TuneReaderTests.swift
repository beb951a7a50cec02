import Foundation
import Testing

/// Learning to read on a tiny BERT of random weights, which lies with the tests of `Models`: what it
/// learns means nothing, but all around it must be right.
struct TuneReaderTests {
  private let place: Workplace

  init() throws { place = try Self.filled() }

  private static func filled() throws -> Workplace {
    let place = try Workplace()
    let models = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "ModelsTests/Fixtures/Encoders")
    // A copy, since the checksum of the weights is kept beside them.
    try FileManager.default.copyItem(
      at: models.appending(path: "tiny-bert"), to: place.folder.appending(path: "tiny-bert"))
    for name in ["train.jsonl", "dev.jsonl"] { try place.write(name, examples) }
    return place
  }

  private static let examples = [
    #"{"question": "who wrote it?", "passage": "it was a monk", "answers": ["a monk"], "answer_start": 7}"#,
    #"{"question": "who was it", "passage": "a monk wrote it by it", "answers": ["monk"], "answer_start": 2}"#,
    #"{"question": "who wrote", "passage": "written by a monk", "answers": ["a monk"], "answer_start": 11}"#,
  ]

  /// 14 steps, measured at 4, 8, 12 and 14.
  private let command = [
    "tune", "reader", "--train", "train.jsonl:2", "--dev", "dev.jsonl", "--base", "./tiny-bert",
    "--output", "m.safetensors", "--batch", "3", "--examples", "42", "--evaluate-every", "4",
    "--rate", "0.02",
  ]
  private let everything = [
    "--rank", "2", "--prompt-length", "4", "--prefix-length", "3", "--prefix-hidden", "5",
    "--block", "6",
  ]

  /// An average reads the modules that it is made of.
  @Test(arguments: [
    ["--rank", "0", "--prompt-length", "4", "--block", "0"],
    ["--rank", "0", "--prefix-length", "3", "--block", "0"],
    ["--rank", "2", "--prompt-length", "2", "--prefix-length", "3", "--prefix-hidden", "5"],
  ])
  func whatWasLearnedIsRead(kind: [String]) throws {
    let tuned = try place.run(with: command + kind)
    #expect(tuned.status == 0, "\(tuned.error)")
    let read = try place.run(
      "tune", "average", "m.safetensors", "m.safetensors", "--dev", "dev.jsonl", "--output", "mean")
    #expect(read.status == 0, "\(read.error)")
    // The metadata of the file stand at its beginning.
    let mean = try Data(contentsOf: place.folder.appending(path: "mean"))
    let says = String(decoding: mean.prefix(4000), as: UTF8.self)
    #expect(says.contains("\"rank\"") == !kind.starts(with: ["--rank", "0"]))
    #expect(says.contains("\"prompt_length\"") == kind.contains("--prompt-length"))
    #expect(says.contains("\"prefix_length\"") == kind.contains("--prefix-length"))
  }

  @Test func aKilledRunEndsWithTheSameBytes() throws {
    let command = command + everything
    #expect(try place.run(with: command).status == 0)
    let other = try Self.filled()
    for lines in [3, 11, 16] {
      try other.kill(command, when: "m.safetensors.log.jsonl", has: lines)
    }
    let resumed = try other.run(with: command)
    #expect(resumed.status == 0, "\(resumed.error)")
    for name in ["m.safetensors", "m.safetensors.log.jsonl"] {
      let (a, b) = (place.folder.appending(path: name), other.folder.appending(path: name))
      #expect(try Data(contentsOf: a) == Data(contentsOf: b), "\(name)")
    }
    let changed = try other.run(with: command + ["--prompt-length", "5"])
    #expect(changed.status == 65, "\(changed.error)")
  }

  /// tiny-bert reads 64 tokens.
  @Test(
    arguments: [
      (["--rank", "-1"], "--rank"), (["--prompt-length", "-1"], "--prompt-length"),
      (["--prompt-length", "65"], "at most 64, found 65"),
      (["--prefix-length", "65"], "at most 64, found 65"),
      (["--prefix-hidden", "4"], "--prefix-length"), (["--prompt-rate", "0"], "--prompt-rate"),
    ])
  func sizesThatCannotBeAreRefused(options: [String], expected: String) throws {
    let result = try place.run(with: command + options)
    #expect(result.status == 64 && result.error.contains(expected), "\(result.error)")
  }

  /// A prefix that goes on through a network has no numbers to begin with.
  @Test func aModuleToBeginWithMustHaveAPlaceForAllItsParts() throws {
    #expect(try place.run(with: command + everything).status == 0)
    for options in [["--prefix-hidden", "0"], ["--prefix-hidden", "0", "--block", "0"]] {
      let next = try place.run(
        with: command + everything + options + ["--initial", "m.safetensors", "--output", "n"])
      #expect(next.status == (options.count == 2 ? 0 : 65), "\(next.error)")
    }
  }
}
