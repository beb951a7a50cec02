import ArgumentParser
import Evaluation
import Foundation
import Models
import Native
import Retrieval

/// What the program's exit code says; the only place where errors become codes.
enum ExitStatus: Int32 {
  case done = 0
  case wrongUsage = 64
  case malformedInput = 65
  case missing = 66
  case serviceUnavailable = 69
  case ourFault = 70
  case readingOrWritingFailed = 74
  case interrupted = 130

  init(of error: any Error) {
    self =
      switch error {
      case let error as InputError: Self(error.kind)
      case let error as LineReaderError: Self(error.kind)
      case let error as IndexError: Self(error.kind)
      case let error as FileError: Self(systemCode: error.code)
      case let error as CheckpointError where error.kind == .missing: .missing
      case is CheckpointError, is TokenizerError, is ScoredAnswerError, is DecodingError:
        .malformedInput
      case is MissingModelError, is MissingModuleError: .missing
      case let error as RemoteError: error.kind == .missing ? .missing : .serviceUnavailable
      case is InterruptedError, is CancellationError: .interrupted
      default: Self.systemError(in: error).map { Self(systemCode: $0.code) } ?? .ourFault
      }
  }

  private init(_ kind: InputError.Kind) {
    switch kind {
    case .malformed: self = .malformedInput
    case .missing: self = .missing
    case .unreadable, .busy: self = .readingOrWritingFailed
    }
  }

  private init(_ kind: LineReaderError.Kind) {
    switch kind {
    case .damaged: self = .malformedInput
    case .missing: self = .missing
    case .unreadable: self = .readingOrWritingFailed
    }
  }

  private init(_ kind: IndexError.Kind) {
    switch kind {
    case .missing: self = .missing
    case .unfinished, .mismatch, .duplicate, .damaged: self = .malformedInput
    case .busy, .storage: self = .readingOrWritingFailed
    }
  }

  /// A code of 0 says that the file itself is at fault; a closed pipe is how its reader says that
  /// it has seen enough.
  private init(systemCode: Int32) {
    switch systemCode {
    case 0: self = .malformedInput
    case EPIPE: self = .done
    case ENOENT, ENOTDIR: self = .missing
    default: self = .readingOrWritingFailed
    }
  }
}

extension ExitStatus {
  /// Ends the program: help and usage as the argument parser words them, else one line on standard
  /// error.
  static func exit(for error: any Error) -> Never {
    // The argument parser gives 1 to errors that it does not know.
    if Firn.exitCode(for: error) != .failure { Firn.exit(withError: error) }
    let status = ExitStatus(of: error)
    if status != .done { Console.writeError("firn: \(message(of: error))\n") }
    Firn.exit(withError: ExitCode(status.rawValue))
  }

  private static func message(of error: any Error) -> String {
    if let error = error as? LineReaderError {
      let place = error.line.map { "\(error.path):\($0)" } ?? error.path
      return "\(place): \(error.detail)"
    }
    let text = systemError(in: error)?.description ?? "\(error)"
    return text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// The system's error inside one of Foundation's.
  private static func systemError(in error: any Error) -> FileError? {
    var found = error as NSError
    let path = found.userInfo[NSFilePathErrorKey].map { "\($0)" } ?? "the output"
    while let inner = found.userInfo[NSUnderlyingErrorKey] as? NSError { found = inner }
    let what = "cannot be read or written"
    switch (found.domain, found.code) {
    case (NSPOSIXErrorDomain, let code):
      return FileError(what: what, path: path, code: Int32(code))
    case (NSCocoaErrorDomain, 4), (NSCocoaErrorDomain, 260):
      return FileError(what: what, path: path, code: ENOENT)
    case (NSCocoaErrorDomain, 640): return FileError(what: what, path: path, code: ENOSPC)
    case (NSCocoaErrorDomain, 256..<1024): return FileError(what: what, path: path, code: EIO)
    default: return nil
    }
  }
}
