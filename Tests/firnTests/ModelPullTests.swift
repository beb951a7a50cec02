import Foundation
import TestSupport
import Testing

@Suite struct ModelPullTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func pull(_ id: String, from address: String) throws -> Workplace.Result {
    try place.run(
      "HF_ENDPOINT=\(address)", "HF_TOKEN=hf_secret", "FIRN_MODELS=\(place.folder.path)/models",
      Workplace.tool.path, "model", "pull", id, program: "/usr/bin/env")
  }

  private func hub() throws -> LoopbackServer {
    let names = ["config.json", "model.safetensors"]
    let listing = names.map { #"{"rfilename": "\#($0)", "size": 5}"# }.joined(separator: ",")
    return try LoopbackServer { request, _ in
      if request.target.hasPrefix("/api/models/org/tiny/") {
        return .json(#"{"sha": "abc", "siblings": [\#(listing)]}"#)
      }
      guard request.target.hasPrefix("/org/tiny/resolve/abc/") else {
        return .json("none", status: 404)
      }
      return .status(200, [:], Array("{   }".utf8))
    }
  }

  @Test func aPulledModelIsListedAndPulledOnce() throws {
    let server = try hub()
    let pulled = try pull("org/tiny", from: server.address)
    #expect(pulled.status == 0)
    #expect(pulled.output == place.folder.path + "/models/org/tiny\n")
    #expect(pulled.error.contains("org/tiny at abc: 2 files, SHA-256 checked of 0"))
    let asked = server.requests.count
    #expect(try pull("org/tiny", from: server.address).output == pulled.output)
    #expect(server.requests.count == asked)
    let list = try place.run("model", "list")
    #expect(list.output.hasPrefix("org/tiny\t") && list.output.hasSuffix("models/org/tiny\n"))
  }

  @Test func failuresHaveTheirCodesAndShowNoKey() throws {
    let server = try hub()
    let missing = try pull("org/other", from: server.address)
    #expect(missing.status == 66 && missing.error.contains("status 404"))
    #expect(try pull("no id", from: server.address).status == 66)
    #expect(try pull("org/tiny", from: "http://user:pass@127.0.0.1").status == 69)
    let refusing = try LoopbackServer { request, _ in
      .json(request.headers["authorization"] ?? "", status: 401)
    }
    let refused = try pull("org/tiny", from: refusing.address)
    #expect(refused.status == 69 && refused.error.contains("HF_TOKEN"))
    #expect(!refused.error.contains("hf_secret"))
  }

  @Test func controlCEndsAWaitWithItsCode() throws {
    let server = try LoopbackServer { _, _ in .json("{}", after: 30) }
    let result = try place.run(
      "--preserve-status", "-s", "INT", "1", "/usr/bin/env", "HF_ENDPOINT=\(server.address)",
      "FIRN_MODELS=models", Workplace.tool.path, "model", "pull", "org/tiny",
      program: "/usr/bin/timeout")
    #expect(result.status == 130 && result.error.contains("interrupted"))
  }
}
