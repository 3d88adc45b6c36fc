/// What the first message of a mechanism says about who comes: places in the decoded message. The
/// rest of it, proof or password, is not looked at.
struct SASLMessage: Equatable {
  /// The identity to act as, if it was given.
  var authorization: Range<Int>?
  /// The identity that logs in.
  var authentication: Range<Int>?
  /// `=2C` and `=3D` stand for comma and equals sign (RFC 5802 section 5.1).
  var isEscaped = false

  /// Reads the message.
  init(_ message: Span<UInt8>, of mechanism: Mechanism) throws(SASLCondition) {
    switch mechanism {
    case .plain: try readPlain(message)
    case .hashedToken: try readHashedToken(message)
    case .external: authorization = message.isEmpty ? nil : message.indices
    case .scram: try readSCRAM(message)
    case .oauthBearer: _ = try readGS2Header(message)
    }
  }

  /// `[authzid] NUL authcid NUL password`
  private mutating func readPlain(_ message: Span<UInt8>) throws(SASLCondition) {
    guard let first = message.firstIndex(of: 0),
      let second = message.extracting((first + 1)...).firstIndex(of: 0)
    else { throw .malformedRequest }
    let end = first + 1 + second
    guard second > 0, message.extracting((end + 1)...).firstIndex(of: 0) == nil else {
      throw .malformedRequest
    }
    authorization = first > 0 ? 0..<first : nil
    authentication = (first + 1)..<end
  }

  /// `authcid NUL token`
  private mutating func readHashedToken(_ message: Span<UInt8>) throws(SASLCondition) {
    guard let end = message.firstIndex(of: 0), end > 0 else { throw .malformedRequest }
    authentication = 0..<end
  }

  /// GS2 header, then `n=name,r=nonce`. A mandatory extension (`m=`) is one that we do not know.
  private mutating func readSCRAM(_ message: Span<UInt8>) throws(SASLCondition) {
    let start = try readGS2Header(message)
    let name = Self.field(message, at: start)
    guard name.count > 2, message.extracting(name).begins("n=") else { throw .malformedRequest }
    let nonce = Self.field(message, at: name.upperBound + 1)
    guard nonce.count > 2, message.extracting(nonce).begins("r=") else { throw .malformedRequest }
    authentication = (name.lowerBound + 2)..<name.upperBound
  }

  /// `n`, `y` or `p=binding`, then `,[a=authzid],` (RFC 5801 section 4); where it ends.
  private mutating func readGS2Header(_ message: Span<UInt8>) throws(SASLCondition) -> Int {
    let flag = Self.field(message, at: 0)
    let binding = message.extracting(flag)
    guard binding.holds("n") || binding.holds("y") || (binding.begins("p=") && binding.count > 2)
    else { throw .malformedRequest }
    let name = Self.field(message, at: flag.upperBound + 1)
    guard name.upperBound < message.count else { throw .malformedRequest }
    isEscaped = true
    if !name.isEmpty {
      guard name.count > 2, message.extracting(name).begins("a=") else { throw .malformedRequest }
      authorization = (name.lowerBound + 2)..<name.upperBound
    }
    return name.upperBound + 1
  }

  /// From `start` to the next comma or the end.
  private static func field(_ message: Span<UInt8>, at start: Int) -> Range<Int> {
    guard start < message.count else { return message.count..<message.count }
    let length = message.extracting(start...).firstIndex(of: UInt8(ascii: ","))
    return start..<(length.map { start + $0 } ?? message.count)
  }

  /// Appends a name of the message, unescaped.
  func append(
    _ range: Range<Int>, of message: [UInt8], to output: inout [UInt8]
  ) throws(SASLCondition) {
    let message = message.span
    var index = range.lowerBound
    while index < range.upperBound {
      guard isEscaped, message[index] == UInt8(ascii: "=") else {
        output.append(message[index])
        index += 1
        continue
      }
      let end = min(index + 3, range.upperBound)
      let escape = message.extracting(index..<end)
      if escape.holds("=2C") {
        output.append(UInt8(ascii: ","))
      } else if escape.holds("=3D") {
        output.append(UInt8(ascii: "="))
      } else {
        throw .malformedRequest
      }
      index = end
    }
  }
}
