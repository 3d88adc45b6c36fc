import ArgumentParser
import Glibc
import MapFile

/// What the programs' exit codes mean; those from 64 on are BSD's (sysexits.h).
enum ExitStatus {
  /// A user is unknown or malformed, or a check failed.
  static let negative = ExitCode(1)
  /// Bad flags or arguments; ArgumentParser gives it by itself.
  static let usage = ExitCode(64)
  /// What was read is not right.
  static let badData = ExitCode(65)
  /// What should be read cannot be opened.
  static let noInput = ExitCode(66)
  /// The edge cannot be reached.
  static let unavailable = ExitCode(69)
  /// The output cannot be created.
  static let cannotCreate = ExitCode(73)
  /// Reading or writing failed on the way.
  static let ioError = ExitCode(74)
  /// The edge does not keep to the peer protocol, or says that we do not.
  static let protocolFault = ExitCode(76)

  /// For `--help` of `rdadmin`.
  static let help = """
    Exit codes: 0 done; 1 a user is unknown, or a check failed; 64 wrong usage; 65 the input is \
    not right; 66 the input cannot be opened; 69 the edge cannot be reached; 73 the output cannot \
    be created; 74 reading or writing failed; 76 the edge refuses, or is none. A verb \
    that is stopped by a signal leaves no half file and ends by that signal.
    """

  static func of(_ error: MapError) -> ExitCode {
    guard case .system(let attempt, _) = error.reason else { return badData }
    return attempt == FileError.opening ? noInput : ioError
  }

  static func of(_ error: CompilationError) -> ExitCode {
    switch error {
    case .input: badData
    case .read(let error): error.attempt == FileError.opening ? noInput : ioError
    case .write(let error):
      error.isOfPlace ? cannotCreate : ioError
    case .database, .interrupted: ioError
    }
  }
}

/// What goes to standard error and standard output.
enum Output {
  /// Complains on standard error; gives the exit code back, to be thrown.
  static func complain(_ words: String, _ code: ExitCode) -> ExitCode {
    note(words)
    return code
  }

  /// A line on standard error.
  static func note(_ words: String) {
    // If standard error is gone there is nobody left to tell.
    _ = Descriptor.writeAll(Array("\(words)\n".utf8).span, to: STDERR_FILENO)
  }

  /// Standard output, all of it.
  static func write(_ bytes: [UInt8]) throws {
    let trouble = Descriptor.writeAll(bytes.span, to: STDOUT_FILENO)
    if trouble != 0 {
      let error = FileError(path: "standard output", attempt: "write it", number: trouble)
      throw complain(error.description, ExitStatus.ioError)
    }
  }

  /// A line on standard output.
  static func say(_ words: String) throws {
    try write(Array("\(words)\n".utf8))
  }
}
