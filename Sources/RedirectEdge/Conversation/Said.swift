import Shared

/// What a client has said on its last stream until it was known, word for word, so that it can be said again to a node. Kept
/// only where a listener may relay (`Setup.mayRelay`).
public struct Said: Sendable {
  /// The stream header; the XML declaration before it is not kept.
  var header: [UInt8] = []
  /// The elements of the login that made the client known: one, or a beginning and the response to our empty challenge. None
  /// if the header named the user.
  var login: [[UInt8]] = []
  /// It announced version 1.0, so that a node answers its header with features.
  var isModern = true

  /// Nothing was said yet.
  public init() {}

  /// A new login begins: what was refused before is not said again.
  mutating func begin(_ element: Span<UInt8>) {
    wipe()
    login = [Self.copy(element)]
  }

  /// The login goes on.
  mutating func go(on element: Span<UInt8>) {
    login.append(Self.copy(element))
  }

  /// There may be a password in a login.
  mutating func wipe() {
    for element in login.indices { login[element].wipe() }
    login.removeAll()
  }

  static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices { copy.append(bytes[index]) }
    return copy
  }
}
