import COpenSSL
import Glibc

/// Where the TLS sessions of one worker read and write ciphertext: bytes that the worker has received, and bytes that it
/// will send. One read and one write per flight, whatever OpenSSL does in between, and no socket inside OpenSSL.
@safe final class TLSWire {
  fileprivate var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  /// What must be sent; the worker empties it.
  var output: [UInt8] = []

  init() {
    output.reserveCapacity(16 * 1024)
  }

  /// Nothing is left of what the other side sent.
  var isUsedUp: Bool { unsafe input.isEmpty }

  /// Lends `bytes` as what the other side sent, for the time of `body`.
  func receiving<Result>(_ bytes: UnsafeRawBufferPointer, _ body: () -> Result) -> Result {
    unsafe input = bytes
    defer { unsafe input = UnsafeRawBufferPointer(start: nil, count: 0) }
    return body()
  }

  /// A BIO on this wire. The wire must outlive it.
  func makeBIO() -> OpaquePointer? {
    guard let bio = unsafe BIO_new(wireMethod) else { return nil }
    unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    return unsafe bio
  }

  fileprivate func take(_ target: UnsafeMutableRawPointer, _ wanted: Int) -> Int {
    let count = unsafe min(wanted, input.count)
    guard count > 0, let source = unsafe input.baseAddress else { return 0 }
    unsafe memcpy(target, source, count)
    unsafe input = UnsafeRawBufferPointer(rebasing: input[count...])
    return count
  }
}

private func wire(of bio: OpaquePointer?) -> TLSWire? {
  guard let data = unsafe BIO_get_data(bio) else { return nil }
  return unsafe Unmanaged<TLSWire>.fromOpaque(data).takeUnretainedValue()
}

/// The BIO method of a wire; made once for the process.
nonisolated(unsafe) private let wireMethod: OpaquePointer? = {
  guard let method = unsafe BIO_meth_new(BIO_get_new_index() | Int32(BIO_TYPE_SOURCE_SINK), "wire")
  else { return nil }
  unsafe BIO_meth_set_create(method) { bio in
    unsafe BIO_set_init(bio, 1)
    return 1
  }
  unsafe BIO_meth_set_read(method) { bio, target, wanted in
    unsafe BIO_clear_retry_flags_(bio)
    guard let target = unsafe target, let wire = unsafe wire(of: bio) else { return -1 }
    let count = unsafe wire.take(UnsafeMutableRawPointer(target), Int(wanted))
    if count == 0 {
      unsafe BIO_set_retry_read_(bio)
      return -1
    }
    return Int32(count)
  }
  unsafe BIO_meth_set_write(method) { bio, source, count in
    guard let source = unsafe source, count > 0, let wire = unsafe wire(of: bio) else { return -1 }
    unsafe wire.output.append(
      contentsOf: UnsafeRawBufferPointer(start: source, count: Int(count)))
    return count
  }
  unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in
    command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0
  }
  return unsafe method
}()
