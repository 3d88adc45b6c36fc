import Glibc

/// A system call that failed: which, on what, and the system's reason.
struct SystemError: Error, CustomStringConvertible {
  let call: String
  let subject: String
  let code: Int32

  /// Takes `errno` as it stands: make it at once after the call.
  init(_ call: String, _ subject: String, code: Int32 = errno) {
    self.call = call
    self.subject = subject
    self.code = code
  }

  var description: String {
    "\(subject): \(call): \(unsafe String(cString: strerror(code)))"
  }

  /// Whether an `errno` of a connection says that the edge itself lacks descriptors or memory, and so nothing of the other
  /// side.
  static func isOurs(_ code: Int32) -> Bool {
    [EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC].contains(code)
  }
}
