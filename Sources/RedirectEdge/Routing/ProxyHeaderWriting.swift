/// The PROXY protocol, version 2, as a sender (section 2.2).
extension ProxyHeader {
  /// Appends the header of a connection in the name of `client`, that came to `server`: 28 bytes, or 52 for IPv6.
  ///
  /// The client's address keeps its form, because nodes compare it with lists: the server's is written in the form of the
  /// client's, and as the unspecified address where it has none. Such a pair comes from a balancer that speaks IPv6 with the
  /// edge and has IPv4 clients.
  public static func say(
    client: ClientAddress, server: ClientAddress, _ output: inout [UInt8]
  ) {
    saySignature(&output)
    output.append(0x21)
    if client.isIPv4 {
      output.append(0x11)
      sayNumber(12, bytes: 2, &output)
      sayNumber(client.low, bytes: 4, &output)
      sayNumber(server.isIPv4 ? server.low : 0, bytes: 4, &output)
    } else {
      output.append(0x21)
      sayNumber(36, bytes: 2, &output)
      for half in [client.high, client.low, server.high, server.low] {
        sayNumber(half, bytes: 8, &output)
      }
    }
    sayNumber(UInt64(client.port), bytes: 2, &output)
    sayNumber(UInt64(server.port), bytes: 2, &output)
  }

  /// Appends the header of a connection that the edge makes for itself: `LOCAL`, 28 bytes. Receivers must skip the addresses;
  /// they are not left out, because ejabberd (23.01) reads a block of no bytes as "whatever has come", and eats the stream
  /// that follows.
  public static func sayLocal(_ output: inout [UInt8]) {
    saySignature(&output)
    output.append(0x20)
    output.append(0x11)
    sayNumber(12, bytes: 2, &output)
    sayNumber(0, bytes: 8, &output)
    sayNumber(0, bytes: 4, &output)
  }

  private static func saySignature(_ output: inout [UInt8]) {
    for index in signature.indices { output.append(signature[index]) }
  }

  /// The last `bytes` bytes of `number` in network order.
  private static func sayNumber(_ number: UInt64, bytes: Int, _ output: inout [UInt8]) {
    for shift in stride(from: 8 * (bytes - 1), through: 0, by: -8) {
      output.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
    }
  }
}
