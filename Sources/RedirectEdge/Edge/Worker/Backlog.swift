import Shared

/// Bytes that a socket did not take, in order. They are wiped when they have left: there may be a password among them.
struct Backlog: ~Copyable {
  private var bytes: [UInt8] = []
  private var sent = 0

  var isEmpty: Bool { bytes.isEmpty }

  mutating func append(_ more: UnsafeRawBufferPointer) {
    bytes.reserveWiping(bytes.count + more.count)
    unsafe bytes.append(contentsOf: more)
  }

  /// Sends what the socket takes.
  mutating func send(to descriptor: Int32) -> Socket.Transfer {
    let result = unsafe bytes.withUnsafeBytes { all in
      unsafe Socket.send(descriptor, UnsafeRawBufferPointer(rebasing: all[sent...]))
    }
    guard case .bytes(let count) = result else { return result }
    sent += count
    if sent == bytes.count {
      clear()
    }
    return result
  }

  /// What is left is worth nothing any more.
  mutating func clear() {
    bytes.wipe()
    sent = 0
  }
}
