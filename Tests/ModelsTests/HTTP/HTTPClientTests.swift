import Foundation
import TestSupport
import Testing

@testable import Models

@Suite struct HTTPClientTests {
  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func ask(_ server: LoopbackServer, key: AccessKey? = nil) throws -> HTTPRequest {
    HTTPRequest(url: try #require(URL(string: server.address + "/a?secret=1")), key: key)
  }

  private func status(_ reply: LoopbackServer.Reply) async throws -> (Int, String) {
    let server = try LoopbackServer { _, _ in reply }
    let response = try await HTTPClient.send(ask(server), within: .seconds(20))
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }

  @Test func anyStatusIsAnAnswerAndNoRedirectionIsFollowed() async throws {
    #expect(try await status(.status(200, [:], Self.bytes("yes"))) == (200, "yes"))
    #expect(try await status(.status(404, [:], Self.bytes("no"))) == (404, "no"))
    #expect(try await status(.status(302, ["Location": "/b"], Self.bytes("x"))) == (302, "x"))
    for scheme in ["Basic realm=\"x\"", "Bearer", "Digest realm=\"x\", nonce=\"y\""] {
      let reply = LoopbackServer.Reply.status(401, ["WWW-Authenticate": scheme], Self.bytes("?"))
      #expect(try await status(reply) == (401, "?"))
    }
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    #expect(try await status(.raw(Self.bytes(early))) == (200, "ok"))
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\nab",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", "<html>no HTTP", "\0\u{1}",
    "HTTP/1.1 99999 x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab",
  ])
  func anAnswerThatIsNotWholeIsAnError(text: String) async throws {
    let server = try LoopbackServer { _, _ in .raw(Self.bytes(text)) }
    let error = await #expect(throws: RemoteError.self) {
      try await HTTPClient.send(ask(server), within: .seconds(20))
    }
    #expect(error?.address == server.address + "/a")
    #expect(error?.status == nil)
  }

  @Test func noServerIsATransientError() async throws {
    let url = try #require(URL(string: "http://127.0.0.1:1/x"))
    let error = await #expect(throws: RemoteError.self) {
      try await HTTPClient.send(HTTPRequest(url: url), within: .seconds(20))
    }
    #expect(error?.isTransient == true)
    #expect(error?.description.hasPrefix("http://127.0.0.1:1/x: expected a whole answer") == true)
  }

  @Test func aSlowServerIsGivenUp() async throws {
    let server = try LoopbackServer { _, _ in .json("{}", after: 5) }
    let error = await #expect(throws: RemoteError.self) {
      try await HTTPClient.send(ask(server), within: .milliseconds(200))
    }
    #expect(error?.isTransient == true)
  }

  @Test func aCancelledRequestEnds() async throws {
    // Much later than other tests can keep this one from going on.
    let server = try LoopbackServer { _, _ in .json("{}", after: 3600) }
    let task = Task { [request = try ask(server)] in
      try await HTTPClient.send(request, within: .seconds(7200))
    }
    while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func anEndlessAnswerIsRefused() async throws {
    let server = try LoopbackServer { _, _ in
      .status(200, [:], [UInt8](repeating: 65, count: 100_000))
    }
    await #expect(throws: RemoteError.self) {
      try await HTTPClient.send(ask(server), within: .seconds(20), mostBytes: 50_000)
    }
  }

  @Test func theKeyGoesWithTheRequestAndIntoNoText() async throws {
    let secret = "sk-very-secret"
    let key = try AccessKey(variable: "KEY", environment: ["KEY": secret + "\n"])
    let server = try LoopbackServer { request, _ in
      .status(401, [:], Self.bytes("wrong key \(request.headers["authorization"] ?? "")"))
    }
    let request = try ask(server, key: key)
    let response = try await HTTPClient.send(request, within: .seconds(20))
    #expect(server.requests[0].headers["authorization"] == "Bearer \(secret)")
    let error = RemoteError(request, response, expected: "a completion")
    var dumped = ""
    dump(request, to: &dumped)
    for text in ["\(error)", "\(request)", "\(String(describing: key))", dumped] {
      #expect(!text.contains(secret))
    }
    #expect("\(error)".contains("status 401, wrong key Bearer (a key)"))
  }

  @Test(arguments: ["a b", "a\u{1}b", "ключ", "a\nb"])
  func aKeyThatIsNoHeaderIsRefusedUnseen(text: String) {
    let error = #expect(throws: RemoteError.self) {
      try AccessKey(variable: "KEY", environment: ["KEY": text])
    }
    #expect(error.map { "\($0)".contains(text) } == false)
  }

  @Test func addressesAreWholeAndHoldNoPassword() throws {
    #expect(try ServiceAddress("https://host/v1").appending("models").path() == "/v1/models")
    for text in ["host/v1", "ftp://host", "http://", "", "https://user:pass@host/v1"] {
      let error = #expect(throws: RemoteError.self) { try ServiceAddress(text) }
      #expect(error.map { "\($0)".contains("pass@") } == false)
    }
  }
}
