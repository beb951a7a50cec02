import Foundation
import Native
import Synchronization

/// Brings one file of a hub, going on where an earlier attempt ended.
struct HubDownload: Sendable {
  let repository: HubRepository
  let commit: String
  let file: HubListing.File
  /// Where the file belongs; until it is whole and checked it has another name.
  let path: String
  /// Gets the bytes that are there, and all bytes where that is known.
  let report: @Sendable (_ done: Int, _ all: Int?) throws -> Void

  private var partial: String { path + ".partial" }

  /// - Returns: whether the bytes were compared with a SHA-256 that the hub gave.
  /// - Throws: `RemoteError`, `FileError`, `CancellationError`, and what `report` throws. What had
  ///   come by then is kept, unless it is wrong.
  func run() async throws -> Bool {
    if FileManager.default.fileExists(atPath: path) { return file.sha256 != nil }
    while true {
      let begun = partialCount
      let answer = try await repository.retries.run { () async throws -> HubFileHead? in
        do {
          return try await bringRest()
        } catch let error as RemoteError where error.isTransient && partialCount > begun {
          return nil  // A connection that breaks off is no failure as long as it brings something.
        }
      }
      guard let answer else { continue }
      let isChecked = try check(answer)
      try renameFile(partial, to: path)
      return isChecked
    }
  }

  /// Bytes that earlier attempts brought.
  private var partialCount: Int {
    let facts = try? FileManager.default.attributesOfItem(atPath: partial)
    return (facts?[.size] as? NSNumber)?.intValue ?? 0
  }

  private func bringRest() async throws -> HubFileHead {
    let start = partialCount
    var request = repository.request(file.name, at: commit)
    if start > 0 { request.headers["Range"] = "bytes=\(start)-" }
    var known = HubFileHead(size: file.size, sha256: file.sha256)
    for _ in 0..<10 {
      let response = try await bring(request, from: start, of: known.size)
      known.learn(response)
      guard let next = try HubRedirection.next(request, response) else {
        return try accept(response, to: request, known)
      }
      request = next
    }
    throw HubRedirection.tooMany(request)
  }

  private func accept(
    _ response: HTTPResponse, to request: HTTPRequest, _ known: HubFileHead
  ) throws -> HubFileHead {
    switch response.status {
    case 200, 206: return known
    case 416:
      // The hub has fewer bytes than are here, or exactly these.
      if known.size == partialCount { return known }
      try FileManager.default.removeItem(atPath: partial)
      var error = RemoteError(request, response, expected: "the rest of the file")
      error.isTransient = true
      throw error
    default: throw repository.refusal(request, response)
    }
  }

  /// Writes what comes behind the first `start` bytes. Any other answer is kept for a message.
  private func bring(
    _ request: HTTPRequest, from start: Int, of all: Int?
  ) async throws -> HTTPResponse {
    let sink = Mutex<(writer: FileWriter?, count: Int, words: [UInt8])>((nil, 0, []))
    @Sendable func take(_ head: HTTPResponse, _ bytes: [UInt8]) throws {
      try sink.withLock { sink in
        guard [200, 206].contains(head.status) else {
          if sink.words.count < 4000 { sink.words += bytes }
          return
        }
        if sink.writer == nil {
          sink.count = head.status == 206 ? start : 0
          try HubFileHead.requireRange(head, of: request, from: sink.count)
          sink.writer = try FileWriter(path: partial, length: sink.count)
        }
        try sink.writer?.append(bytes)
        sink.count += bytes.count
        try report(sink.count, all)
      }
    }
    var response = try await HTTPClient.receive(request, .silence(repository.silence), take)
    // An empty file has no piece that would make one.
    if [200, 206].contains(response.status) { try take(response, []) }
    try sink.withLock { try $0.writer?.synchronize() }
    response.body = sink.withLock { $0.words }
    return response
  }

  /// Wrong bytes are removed, so that the next attempt begins anew.
  private func check(_ known: HubFileHead) throws -> Bool {
    func wrong(_ expected: String, _ found: String) throws -> RemoteError {
      try FileManager.default.removeItem(atPath: partial)
      let place = repository.request(file.name, at: commit).place
      return RemoteError(place, expected: expected, found: found, hint: "it was removed")
    }
    if let size = known.size, size != partialCount {
      throw try wrong("\(size) bytes", "\(partialCount)")
    }
    guard let sha256 = known.sha256 else { return false }
    let bytes = try MappedFile(path: partial)
    var checksum = SHA256()
    checksum.update(bytes.bytes)
    let found = checksum.finished()
    guard found == sha256 else { throw try wrong("SHA-256 \(sha256)", found) }
    return true
  }
}

/// What a hub says about a file before its bytes.
struct HubFileHead: Equatable, Sendable {
  var size: Int?
  var sha256: String?

  /// Adds what a redirection or the answer itself tells of the whole file.
  mutating func learn(_ response: HTTPResponse) {
    let headers = response.headers
    sha256 = sha256 ?? HubListing.digest(headers["x-linked-etag"])
    size = size ?? headers["x-linked-size"].flatMap { Int($0) }
    if response.status == 206 { size = size ?? Self.range(headers["content-range"])?.all }
  }

  /// - Throws: `RemoteError` unless an answer of status 206 begins where it was asked to.
  static func requireRange(
    _ head: HTTPResponse, of request: HTTPRequest, from start: Int
  ) throws(RemoteError) {
    guard head.status == 206, range(head.headers["content-range"])?.start != start else { return }
    throw RemoteError(
      request.place, status: head.status, expected: "bytes from \(start) on",
      found: head.headers["content-range"] ?? "none that say where they begin")
  }

  private static func range(_ header: String?) -> (start: Int, all: Int?)? {
    guard let match = header?.wholeMatch(of: /bytes ([0-9]+)-[0-9]+\/([0-9]+|\*)/),
      let start = Int(match.1)
    else { return nil }
    return (start, Int(match.2))
  }
}
