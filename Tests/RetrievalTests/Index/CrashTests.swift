import Foundation
import Retrieval
import Tensors
import Testing

/// The tool is killed in the middle of its writes, again and again; what was finished stays, and the
/// same command, killed once more or not, brings the index to where an uninterrupted one would have.
///
/// `FIRN_CRASHES` says how many times for each kind of work; each time there are two kills.
struct CrashTests {
  enum Work: CaseIterable {
    case build, append, removeFew, removeMany
  }

  private static let crashes =
    ProcessInfo.processInfo.environment["FIRN_CRASHES"].flatMap { Int($0) } ?? 10

  private static let old = zipfPassages(70, words: 60, longest: 20, seed: 1)
  private static let added = zipfPassages(20, words: 90, longest: 40, seed: 2).map {
    Passage(id: "new\($0.id)", title: "", text: $0.text)
  }

  @Test(arguments: Work.allCases) func killedWorkLosesNothingAndIsFinished(work: Work) throws {
    let place = try CrashPlace()
    var random = SplitMix64(seed: 11)
    let queries = (0..<6).map { _ in "\(zipfWord(60, &random)) \(zipfWord(60, &random))" }
    let comparison = IndexComparison(queries: queries)
    try place.write(Self.old, "old.jsonl")
    try place.write(Self.added, "added.jsonl")
    let (before, command, after) = Self.plan(work)
    if before != nil { try place.run(Self.build("old.jsonl"), into: "before") }
    try place.write(after, "after.jsonl")
    try place.run(Self.build("after.jsonl"), into: "after")
    let expected = try PassageIndex(path: place.path("after"))
    let steps = try place.steps(command, from: before, expected)
    #expect(steps > 10)
    for _ in 0..<Self.crashes {
      let step = Int.random(in: 1...steps, using: &random)
      try place.copy(before, to: "index")
      try place.kill(command, at: step)
      if before != nil {
        let open = try PassageIndex(path: place.path("index"))
        let old = try PassageIndex(path: place.path("before"))
        #expect(open.verify().allSatisfy { $0.problem == nil }, "\(work) at step \(step)")
        try comparison.expectEqual(open, open.count == old.count ? old : expected)
      }
      try place.kill(command, at: Int.random(in: 1...steps, using: &random))
      // Once more for a user who did not see that it was done.
      for _ in 0..<2 { try place.finish(command) }
      let open = try PassageIndex(path: place.path("index"))
      #expect(open.verify().allSatisfy { $0.problem == nil }, "\(work) at step \(step)")
      try comparison.expectEqual(open, expected)
      let files = try place.files("index")
      #expect(files == ["index.sqlite", "vectors.bin"], "\(work) at step \(step)")
    }
  }

  /// What is there, what is done, and what must be there then.
  private static func plan(_ work: Work) -> (String?, [String], [Passage]) {
    func remove(_ share: Int) -> (String?, [String], [Passage]) {
      let gone = old.indices.filter { $0 % share == 1 }.map { old[$0].id }
      return ("before", ["remove", "INDEX"] + gone, old.filter { !gone.contains($0.id) })
    }
    return switch work {
    case .build: (nil, build("old.jsonl"), old)
    case .append: ("before", build("added.jsonl") + ["--append"], old + added)
    case .removeFew: remove(12)
    case .removeMany: remove(3)
    }
  }

  private static func build(_ corpus: String) -> [String] {
    ["index", corpus, "--index", "INDEX", "--memory", "64K", "--encoder", CrashPlace.encoder]
  }
}

/// A folder with indexes, and the built tool with a library before it that counts writes and kills
/// it in the middle of one.
final class CrashPlace {
  static let encoder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../ModelsTests/Fixtures/Encoders/tiny-bert").standardizedFileURL.path
  private static let tool = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "firn")

  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "crash-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let source = folder.appending(path: "crash.c")
    try Data(Self.library.utf8).write(to: source)
    let compile = Process()
    compile.executableURL = URL(filePath: "/usr/bin/env")
    compile.arguments = [
      "cc", "-shared", "-fPIC", "-O1", "-o", path("crash.so"), source.path, "-ldl",
    ]
    try compile.run()
    compile.waitUntilExit()
    try #require(compile.terminationStatus == 0)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func files(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
  }

  func write(_ passages: [Passage], _ name: String) throws {
    let lines = try passages.map { passage in
      String(decoding: try JSONEncoder().encode(passage), as: UTF8.self) + "\n"
    }
    try Data(lines.joined().utf8).write(to: folder.appending(path: name))
  }

  /// Puts a copy of one index, or nothing, in another's place.
  func copy(_ name: String?, to target: String) throws {
    try? FileManager.default.removeItem(atPath: path(target))
    if let name { try FileManager.default.copyItem(atPath: path(name), toPath: path(target)) }
  }

  func run(_ command: [String], into index: String) throws {
    let (status, _, message) = try start(command, index, [:])
    try #require(status == 0, "\(message)")
  }

  /// How many steps the work takes when nothing stops it.
  func steps(_ command: [String], from before: String?, _ expected: PassageIndex) throws -> Int {
    try copy(before, to: "index")
    let (status, _, message) = try start(command, "index", ["CRASH_COUNT": path("count")])
    try #require(status == 0, "\(message)")
    try #require(try PassageIndex(path: path("index")).count == expected.count)
    return try #require(Int(String(contentsOfFile: path("count"), encoding: .utf8)))
  }

  func kill(_ command: [String], at step: Int) throws {
    let (status, reason, message) = try start(command, "index", ["CRASH_AT": "\(step)"])
    // Threads change the number of steps a little, so the last ones may not be reached.
    let wasKilled = reason == .uncaughtSignal && status == SIGKILL
    #expect(wasKilled || isDone(status, message), "step \(step): \(message)")
  }

  /// Gives the command again.
  func finish(_ command: [String]) throws {
    let (status, _, message) = try start(command, "index", [:])
    #expect(isDone(status, message), "\(message)")
  }

  /// Whether a command did its work, or found removed what it was to remove.
  private func isDone(_ status: Int32, _ message: String) -> Bool {
    status == 0 || status == 65 && message.contains("no passage has the id")
  }

  private func start(
    _ command: [String], _ index: String, _ environment: [String: String]
  ) throws -> (status: Int32, reason: Process.TerminationReason, message: String) {
    let process = Process()
    process.executableURL = Self.tool
    process.currentDirectoryURL = folder
    process.arguments = command.map { $0 == "INDEX" ? path(index) : $0 } + ["--quiet"]
    process.environment = ProcessInfo.processInfo.environment.merging(
      environment.merging(["LD_PRELOAD": path("crash.so")]) { $1 }
    ) { $1 }
    let errors = folder.appending(path: "errors")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    let message = try String(contentsOf: errors, encoding: .utf8)
    return (process.terminationStatus, process.terminationReason, message)
  }

  /// Every change of a regular file or of a name is a step. In the one that `CRASH_AT` names half
  /// of the bytes are written, or the change is made or not as the number is odd or even, and the
  /// process is gone. Nothing waits for the disk, which a kill does not make forget.
  private static let library = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <fcntl.h>
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/stat.h>
    #include <unistd.h>

    static long count, last = -1;

    static int dies(void) {
      if (last < 0) { const char *at = getenv("CRASH_AT"); last = at ? atol(at) : 0; }
      return __sync_add_and_fetch(&count, 1) == last;
    }

    static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

    static int counts(int file) {
      struct stat status;
      return file > 2 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    }

    __attribute__((destructor)) static void report(void) {
      const char *path = getenv("CRASH_COUNT");
      FILE *file = path ? fopen(path, "w") : NULL;
      if (file) { fprintf(file, "%ld", count); fclose(file); }
    }

    #define REAL(name) \\
      static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
    #define WRITE(name, ...) \\
      { REAL(name); if (counts(file) && dies()) { size /= 2; real(__VA_ARGS__); die(); } \\
        return real(__VA_ARGS__); }
    #define CHANGE(name, ...) \\
      { REAL(name); if (dies()) { if (last % 2) real(__VA_ARGS__); die(); } \\
        return real(__VA_ARGS__); }

    ssize_t write(int file, const void *bytes, size_t size) WRITE(write, file, bytes, size)
    ssize_t pwrite(int file, const void *bytes, size_t size, off_t at)
      WRITE(pwrite, file, bytes, size, at)
    ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at)
      WRITE(pwrite64, file, bytes, size, at)
    int rename(const char *from, const char *to) CHANGE(rename, from, to)
    int unlink(const char *path) CHANGE(unlink, path)
    int ftruncate(int file, off_t size) CHANGE(ftruncate, file, size)
    int ftruncate64(int file, off64_t size) CHANGE(ftruncate64, file, size)
    int fsync(int file) { if (dies()) die(); return 0; }
    int fdatasync(int file) { if (dies()) die(); return 0; }
    """
}
