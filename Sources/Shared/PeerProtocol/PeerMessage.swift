public import Shared

/// One line of the protocol between edges. `docs/peer-protocol.md` has the grammar.
public enum PeerMessage: Equatable, Sendable {
  /// `HELLO version edge map profile nonce`, perhaps `clients=mark`; other words may follow, for later versions to use.
  case hello(PeerHello)
  /// `PROOF hmac`: 32 bytes that only who knows the secret can tell.
  case proof([UInt8])
  /// `MAP digest`: from here on this side answers from that map.
  case map(MapDigest?)
  /// `Q number user`.
  case query(number: UInt64, user: [UInt8])
  /// `A number user map partition node,node,...`.
  case known(number: UInt64, user: [UInt8], map: MapDigest, partition: Partition, nodes: [String])
  /// `U number user map`.
  case unknown(number: UInt64, user: [UInt8], map: MapDigest)
  /// `E number reason`: this query has no answer.
  case refused(number: UInt64, reason: String)
  /// `R client node` or `N client`: a client was redirected, or does not follow.
  case notice(PeerNotice)
  /// `PING`.
  case ping
  /// `PONG`.
  case pong
  /// `FAULT name`: the last line of a side.
  case fault(name: String)
}

extension PeerMessage {
  /// What precedes the mark of the clients' key in a hello.
  static let clientsWord = "clients="

  /// Whether `user` can stand in a line: 1 to 2047 bytes, none of them a space or a control character. True for every
  /// canonical JID; a server need not know more.
  public static func canCarry(user: some Collection<UInt8>) -> Bool {
    (1...PeerLimits.user).contains(user.count) && user.allSatisfy { $0 > 0x20 && $0 != 0x7f }
  }

  /// Whether `name` is one that `redirect.to` can have.
  static func canCarry(node name: ArraySlice<UInt8>) -> Bool {
    (1...PeerLimits.node).contains(name.count)
      && name.allSatisfy { byte in
        isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
          || byte == UInt8(ascii: ".")
      }
  }

  /// Whether `word` may name a fault or a reason: lower-case letters and `-`.
  static func canCarry(name word: ArraySlice<UInt8>) -> Bool {
    (1...PeerLimits.name).contains(word.count)
      && word.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
      }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
