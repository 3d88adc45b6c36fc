/// The PROXY protocol, versions 1 and 2 (haproxy's `proxy-protocol.txt`, 2020/03/05), as a receiver. ProxyHeaderWriting.swift
/// is the sender.
///
/// Never guessed: a listener either requires the header or does not speak it.
public enum ProxyHeader {
  /// What the bytes so far say.
  public enum Result: Equatable, Sendable {
    /// Right so far; more bytes are needed.
    case incomplete
    /// The header took `consumed` bytes. A nil address (`LOCAL`, `UNKNOWN`, not TCP) means: use the socket's own.
    case header(consumed: Int, client: ClientAddress?)
    /// These bytes are not a PROXY header.
    case invalid
  }

  /// Longest header accepted, in bytes: version 1 needs 107, version 2 allows 65,551; addresses and the usual
  /// TLVs (ALPN, authority, SSL common name, unique id) fit in a quarter of this.
  public static let maximumLength = 4096
  /// Longest version 1 line with its CR LF (section 2.1).
  static let longestLine = 107

  /// The 12 bytes a version 2 header begins with (section 2.2).
  static let signature: InlineArray<12, UInt8> = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]

  /// Reads a header from the beginning of `input`.
  public static func parse(_ input: Span<UInt8>) -> Result {
    guard input.count > 0 else { return .incomplete }
    return input[0] == signature[0] ? parseBinary(input) : parseLine(input)
  }

  // MARK: Version 2

  private static func parseBinary(_ input: Span<UInt8>) -> Result {
    for i in 0..<min(input.count, signature.count) where input[i] != signature[i] {
      return .invalid
    }
    guard input.count >= 16 else { return .incomplete }
    let version = input[12] >> 4
    let command = input[12] & 0x0f
    guard version == 2, command <= 1 else { return .invalid }
    let length = Int(input[14]) << 8 | Int(input[15])
    let total = 16 + length
    guard total <= maximumLength else { return .invalid }
    // Family in the high half (1 IPv4, 2 IPv6, 3 unix), transport in the low one (1 stream, 2 datagram).
    let family = input[13] >> 4
    guard family <= 3, input[13] & 0x0f <= 2 else { return .invalid }
    // The addresses of the family must fit the stated length, whatever the transport says.
    let needed: Int = [0, 12, 36, 216][Int(family)]
    guard command == 0 || length >= needed else { return .invalid }
    guard input.count >= total else { return .incomplete }
    guard command == 1, input[13] & 0x0f == 1 else { return .header(consumed: total, client: nil) }
    switch family {
    case 1:
      let client = ClientAddress(
        ipv4: UInt32(truncatingIfNeeded: number(input, at: 16, bytes: 4)),
        port: UInt16(truncatingIfNeeded: number(input, at: 24, bytes: 2)))
      return .header(consumed: total, client: client)
    case 2:
      let client = ClientAddress(
        high: number(input, at: 16, bytes: 8), low: number(input, at: 24, bytes: 8),
        port: UInt16(truncatingIfNeeded: number(input, at: 48, bytes: 2)))
      return .header(consumed: total, client: client)
    default:
      return .header(consumed: total, client: nil)
    }
  }

  private static func number(_ input: Span<UInt8>, at start: Int, bytes: Int) -> UInt64 {
    var value: UInt64 = 0
    for i in start..<(start + bytes) { value = value << 8 | UInt64(input[i]) }
    return value
  }

  // MARK: Version 1

  private static func parseLine(_ input: Span<UInt8>) -> Result {
    let prefix: InlineArray<6, UInt8> = [0x50, 0x52, 0x4f, 0x58, 0x59, 0x20]  // "PROXY "
    for i in 0..<min(input.count, prefix.count) where input[i] != prefix[i] { return .invalid }
    var end = 0
    while end < input.count, input[end] != 0x0a {
      end += 1
      if end >= longestLine { return .invalid }
    }
    guard end < input.count else { return .incomplete }
    guard end > prefix.count, input[end - 1] == 0x0d else { return .invalid }
    let consumed = end + 1
    var fields = Fields(input, from: prefix.count, to: end - 1)
    if fields.take("UNKNOWN") { return .header(consumed: consumed, client: nil) }
    let isIPv6: Bool
    if fields.take("TCP4 ") {
      isIPv6 = false
    } else if fields.take("TCP6 ") {
      isIPv6 = true
    } else {
      return .invalid
    }
    guard let source = fields.address(isIPv6: isIPv6), fields.take(" "),
      fields.address(isIPv6: isIPv6) != nil, fields.take(" "),
      let port = fields.port(), fields.take(" "), fields.port() != nil, fields.isAtEnd
    else { return .invalid }
    let client = ClientAddress(high: source.high, low: source.low, port: port)
    return .header(consumed: consumed, client: client)
  }

  /// A cursor over the fields of a version 1 line. It holds a copy of the line: at most 107 bytes, on the stack.
  private struct Fields {
    private var line = InlineArray<107, UInt8>(repeating: 0)
    private var next = 0
    private let end: Int

    init(_ input: Span<UInt8>, from start: Int, to end: Int) {
      self.end = end - start
      for i in start..<end { line[i - start] = input[i] }
    }

    var isAtEnd: Bool { next == end }

    mutating func take(_ word: StaticString) -> Bool {
      let count = word.utf8CodeUnitCount
      guard next + count <= end else { return false }
      for i in 0..<count where unsafe word.utf8Start[i] != line[next + i] { return false }
      next += count
      return true
    }

    private var current: UInt8? { next < end ? line[next] : nil }

    /// Decimal digits without leading zeros, at most `limit`.
    private mutating func decimal(limit: UInt32) -> UInt32? {
      let first = next
      var value: UInt32 = 0
      while let byte = current, byte >= 0x30, byte <= 0x39 {
        value = value * 10 + UInt32(byte - 0x30)
        guard value <= limit else { return nil }
        next += 1
      }
      guard next > first, next == first + 1 || line[first] != 0x30 else { return nil }
      return value
    }

    mutating func port() -> UInt16? {
      decimal(limit: 65535).map { UInt16($0) }
    }

    mutating func address(isIPv6: Bool) -> ClientAddress? {
      isIPv6 ? ipv6() : ipv4().map { ClientAddress(ipv4: $0, port: 0) }
    }

    private mutating func ipv4() -> UInt32? {
      var value: UInt32 = 0
      for part in 0..<4 {
        if part > 0, !take(".") { return nil }
        guard let byte = decimal(limit: 255) else { return nil }
        value = value << 8 | byte
      }
      return value
    }

    /// RFC 4291 section 2.2, forms 1 to 3.
    private mutating func ipv6() -> ClientAddress? {
      var groups = InlineArray<8, UInt16>(repeating: 0)
      var count = 0
      var gap: Int? = nil
      if take("::") { gap = 0 }
      while count < 8, let byte = current, hexadecimal(byte) != nil {
        let start = next
        guard let group = group() else { return nil }
        if current == 0x2e {  // an IPv4 tail takes the last two groups
          next = start
          guard count <= 6, let tail = ipv4() else { return nil }
          groups[count] = UInt16(tail >> 16)
          groups[count + 1] = UInt16(tail & 0xffff)
          count += 2
          break
        }
        groups[count] = group
        count += 1
        if take("::") {
          guard gap == nil else { return nil }
          gap = count
        } else if current == 0x3a {
          guard count < 8, next + 1 < end, hexadecimal(line[next + 1]) != nil else { return nil }
          next += 1
        } else {
          break
        }
      }
      return assemble(groups, count: count, gap: gap)
    }

    private func assemble(_ groups: InlineArray<8, UInt16>, count: Int, gap: Int?) -> ClientAddress?
    {
      guard gap == nil ? count == 8 : count < 8 else { return nil }
      let zeros = 8 - count
      var halves: (UInt64, UInt64) = (0, 0)
      for i in 0..<8 {
        let source = i < (gap ?? 8) ? i : i - zeros
        let isZero = gap.map { i >= $0 && i < $0 + zeros } ?? false
        let group = isZero ? 0 : UInt64(groups[source])
        if i < 4 { halves.0 = halves.0 << 16 | group } else { halves.1 = halves.1 << 16 | group }
      }
      return ClientAddress(high: halves.0, low: halves.1, port: 0)
    }

    private mutating func group() -> UInt16? {
      var value: UInt32 = 0
      var digits = 0
      while let byte = current, let digit = hexadecimal(byte) {
        value = value << 4 | digit
        digits += 1
        guard digits <= 4 else { return nil }
        next += 1
      }
      return digits > 0 ? UInt16(value) : nil
    }

    private func hexadecimal(_ byte: UInt8) -> UInt32? {
      switch byte {
      case 0x30...0x39: UInt32(byte - 0x30)
      case 0x41...0x46: UInt32(byte - 0x41 + 10)
      case 0x61...0x66: UInt32(byte - 0x61 + 10)
      default: nil
      }
    }
  }
}
