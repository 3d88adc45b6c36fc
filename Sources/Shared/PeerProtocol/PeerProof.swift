/// How the sides of a connection prove to each other that they know the shared secret, without telling it: an HMAC over
/// all that was said in the two hellos, their nonces among it, and over who proves.
public enum PeerProof {
  /// HMAC-SHA-256 (RFC 2104) of a text under the shared secret: this target has no cryptography of its own.
  public typealias HMAC = @Sendable (_ text: [UInt8]) -> [UInt8]

  /// Who proves. The role is part of the proof, so that nobody can send us our own one back.
  public enum Role: String, Sendable {
    /// Who connected.
    case client
    /// Who listens.
    case server
  }

  /// Bytes of a proof.
  public static let count = 32

  /// What the HMAC is computed over; the hellos are lines without their ends, byte for byte as they were sent.
  public static func text(of role: Role, client: [UInt8], server: [UInt8]) -> [UInt8] {
    let parts = [Array("redirect-edge peer proof".utf8), Array(role.rawValue.utf8), client, server]
    return Array(parts.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
  }

  /// Compares in a time that does not tell where the first difference is.
  static func isEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    guard first.count == second.count else { return false }
    var difference: UInt8 = 0
    for place in first.indices { difference |= first[place] ^ second[place] }
    return difference == 0
  }
}
