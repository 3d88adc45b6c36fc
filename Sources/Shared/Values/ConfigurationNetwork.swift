extension Configuration {
  /// A network of IP addresses, `10.0.0.0/8` or `2001:db8::/32`. IPv4 ones are kept in the mapped form
  /// (`::ffff:0:0/96`), in which dual-stack sockets tell IPv4 clients.
  public struct Network: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64
    private let highMask: UInt64
    private let lowMask: UInt64

    /// Reads `address/bits`, or an address alone. Nil if that is malformed or names a host in a network.
    public init?(_ text: String) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count <= 2, let address = Self.address(String(parts[0])) else { return nil }
      var bits = address.isIPv4 ? 32 : 128
      if parts.count == 2 {
        guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(parts[1]),
          number <= bits
        else { return nil }
        bits = number
      }
      if address.isIPv4 { bits += 96 }
      // A shift by the whole width gives zero.
      highMask = bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
      lowMask = bits >= 64 ? ~(UInt64.max >> UInt64(bits - 64)) : 0
      (high, low) = (address.high, address.low)
      guard high & ~highMask == 0, low & ~lowMask == 0 else { return nil }
    }

    /// Whether an address belongs to it: 16 bytes as two halves in network order, IPv4 mapped.
    public func contains(high: UInt64, low: UInt64) -> Bool {
      high & highMask == self.high && low & lowMask == self.low
    }

    private static func address(_ text: String) -> (high: UInt64, low: UInt64, isIPv4: Bool)? {
      if IPLiteral.isIPv4(text.utf8.span) {
        return (0, 0xffff_0000_0000 | UInt64(ipv4(text[...])), true)
      }
      guard IPLiteral.isIPv6(text.utf8.span) else { return nil }
      let groups = ipv6(text)
      let halves = [groups[..<4], groups[4...]].map { $0.reduce(0) { $0 << 16 | UInt64($1) } }
      return (halves[0], halves[1], false)
    }

    /// The number of a right IPv4 address.
    private static func ipv4(_ text: Substring) -> UInt32 {
      text.split(separator: ".").reduce(0) { $0 << 8 | (UInt32($1) ?? 0) }
    }

    /// The eight groups of a right IPv6 address.
    private static func ipv6(_ text: String) -> [UInt16] {
      func groups(_ side: Substring) -> [UInt16] {
        side.split(separator: ":").flatMap { group -> [UInt16] in
          guard group.contains(".") else { return [UInt16(group, radix: 16) ?? 0] }
          let number = ipv4(group)
          return [UInt16(number >> 16), UInt16(number & 0xffff)]
        }
      }
      guard let gap = text.firstRange(of: "::") else { return groups(text[...]) }
      let before = groups(text[..<gap.lowerBound])
      let after = groups(text[gap.upperBound...])
      return before + Array(repeating: 0, count: 8 - before.count - after.count) + after
    }
  }
}

extension ConfigurationValue where Value == Configuration.Network {
  static var network: Self {
    Self { text throws(ConfigurationFault) in
      guard let network = Configuration.Network(text) else {
        throw ConfigurationFault(
          "a network as 10.0.0.0/8 or 2001:db8::/32, without bits behind its length, or an IP address"
        )
      }
      return network
    }
  }
}
