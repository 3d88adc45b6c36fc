import Shared

extension PeerMessage {
  /// Appends the line, with its end.
  ///
  /// Of the nodes of an answer only so many are written as the line holds: the first ones, which are the ones that
  /// matter.
  public func append(to bytes: inout [UInt8]) {
    let start = bytes.count
    switch self {
    case .hello(let hello): append(hello, to: &bytes)
    case .proof(let proof):
      bytes += "PROOF ".utf8
      Hexadecimal.append(proof, to: &bytes)
    case .map(let map): bytes += "MAP \(Self.word(map))".utf8
    case .query(let number, let user):
      bytes += "Q \(number) ".utf8
      bytes += user
    case .known(let number, let user, let map, let partition, let nodes):
      bytes += "A \(number) ".utf8
      bytes += user
      bytes += " \(map) \(partition) ".utf8
      append(nodes, to: &bytes, upTo: start + PeerLimits.line - 1)
    case .unknown(let number, let user, let map):
      bytes += "U \(number) ".utf8
      bytes += user
      bytes += " \(map)".utf8
    case .refused(let number, let reason): bytes += "E \(number) \(reason)".utf8
    case .notice(.redirected(let client, let node)):
      bytes += "R ".utf8
      append(client, to: &bytes)
      bytes += " \(node)".utf8
    case .notice(.doesNotFollow(let client)):
      bytes += "N ".utf8
      append(client, to: &bytes)
    case .ping: bytes += "PING".utf8
    case .pong: bytes += "PONG".utf8
    case .fault(let name): bytes += "FAULT \(name)".utf8
    }
    bytes.append(UInt8(ascii: "\n"))
    precondition(bytes.count - start <= PeerLimits.line, "a line longer than its reader takes")
  }

  private func append(_ hello: PeerHello, to bytes: inout [UInt8]) {
    let profile = hello.profile?.rawValue ?? "-"
    let nonce = hello.nonce.map { Hexadecimal.text($0.bytes) } ?? "-"
    bytes +=
      "HELLO \(PeerLimits.version) \(hello.edge) \(Self.word(hello.map)) \(profile) \(nonce)".utf8
    guard let clients = hello.clients else { return }
    bytes += " \(Self.clientsWord)".utf8
    append(clients, to: &bytes)
  }

  /// 16 hexadecimal digits, the upper ones first.
  private func append(_ client: UInt64, to bytes: inout [UInt8]) {
    let octets = stride(from: 56, through: 0, by: -8)
    Hexadecimal.append(octets.map { UInt8(truncatingIfNeeded: client >> UInt64($0)) }, to: &bytes)
  }

  private func append(_ nodes: [String], to bytes: inout [UInt8], upTo end: Int) {
    for (place, node) in nodes.enumerated() {
      let isFirst = place == 0
      guard bytes.count + node.utf8.count + (isFirst ? 0 : 1) <= end else { return }
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      bytes += node.utf8
    }
  }

  private static func word(_ map: MapDigest?) -> String {
    map?.description ?? "-"
  }
}
