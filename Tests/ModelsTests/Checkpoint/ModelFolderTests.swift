import Testing

@testable import Models

struct ModelFolderTests {
  private func resolve(
    _ name: String, in folder: TemporaryFolder, _ environment: [String: String] = [:]
  ) throws -> String {
    try ModelFolder.resolve(name, environment: environment, currentFolder: folder.path + "/here")
  }

  @Test func pathsAliasesAndHubIdsAreFoundInTheirOrder() throws {
    let folder = try TemporaryFolder()
    let cache = ["XDG_CACHE_HOME": folder.path + "/cache"]
    _ = try folder.write("cache/firn/models/org/name/config.json", "{}")
    #expect(
      try resolve("org/name", in: folder, cache) == folder.path + "/cache/firn/models/org/name")
    _ = try folder.write("here/models/org/name/config.json", "{}")
    #expect(try resolve("org/name", in: folder, cache) == folder.path + "/here/models/org/name")
    _ = try folder.write("here/org/name/config.json", "{}")
    #expect(try resolve("org/name", in: folder, cache) == folder.path + "/here/org/name")
    let absolute = folder.path + "/here/models/org/name"
    #expect(try resolve(absolute, in: folder) == absolute)
  }

  @Test func theVariableReplacesTheOtherPlaces() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("here/models/minilm/config.json", "{}")
    #expect(try resolve("minilm", in: folder) == folder.path + "/here/models/minilm")
    let set = ["FIRN_MODELS": folder.path + "/mine"]
    #expect(throws: MissingModelError.self) { try resolve("minilm", in: folder, set) }
    _ = try folder.write("mine/minilm/config.json", "{}")
    #expect(try resolve("minilm", in: folder, set) == folder.path + "/mine/minilm")
  }

  @Test func theListHasEveryModelOnceAndNoPartsOfModels() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "a/1_Pooling", "org/b"] {
      _ = try folder.write("here/models/\(name)/config.json", "{}")
      _ = try folder.write("cache/firn/models/\(name)/config.json", "{}")
    }
    _ = try folder.write("cache/firn/models/c/config.json", "{}")
    let found = ModelFolder.list(
      environment: ["XDG_CACHE_HOME": folder.path + "/cache"],
      currentFolder: folder.path + "/here")
    #expect(found.map(\.name) == ["a", "c", "org/b"])
    let roots = ["here/models/a", "cache/firn/models/c", "here/models/org/b"]
    #expect(found.map(\.folder) == roots.map { "\(folder.path)/\($0)" })
  }

  @Test func newModelsGoWhereTheyAreFoundFirst() throws {
    let folder = try TemporaryFolder()
    let (here, cache) = (folder.path + "/here", ["XDG_CACHE_HOME": folder.path + "/cache"])
    func destination(_ environment: [String: String]) -> String {
      ModelFolder.destination("org/a", environment: environment, currentFolder: here)
    }
    #expect(destination(cache) == folder.path + "/cache/firn/models/org/a")
    _ = try folder.write("here/models/b/config.json", "{}")
    #expect(destination(cache) == here + "/models/org/a")
    #expect(destination(["FIRN_MODELS": "/mine"]) == "/mine/org/a")
  }

  @Test func theErrorSaysWhereItLooked() throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: MissingModelError.self) {
      try resolve("minilm", in: folder, ["HOME": "/home/x"])
    }
    let here = folder.path + "/here"
    #expect(
      error.searched == [
        here + "/minilm", here + "/models/minilm", "/home/x/.cache/firn/models/minilm",
      ])
  }
}
