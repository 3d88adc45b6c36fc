import Shared

extension PeerMessage {
  /// Reads a line without its end.
  ///
  /// - Throws: `.badLine`, or `.version` for a hello of another version.
  public init(line: ArraySlice<UInt8>) throws(PeerFault) {
    // What is shown in logs and terminals has no control characters, and is text.
    guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }), Self.isText(line) else {
      throw .badLine
    }
    let words = line.split(
      separator: UInt8(ascii: " "), maxSplits: Self.mostWords, omittingEmptySubsequences: false)
    guard words.allSatisfy({ !$0.isEmpty }), let verb = words.first else { throw .badLine }
    switch (String(decoding: verb, as: UTF8.self), words.count) {
    case ("HELLO", 2...): self = .hello(try Self.hello(words))
    case ("PROOF", 2): self = .proof(try Self.proof(words[1]))
    case ("MAP", 2): self = .map(try Self.map(words[1]))
    case ("Q", 3): self = .query(number: try Self.number(words[1]), user: try Self.user(words[2]))
    case ("A", 6): self = try Self.known(words)
    case ("U", 4):
      self = .unknown(
        number: try Self.number(words[1]), user: try Self.user(words[2]),
        map: try Self.digest(words[3]))
    case ("E", 3):
      self = .refused(number: try Self.number(words[1]), reason: try Self.name(words[2]))
    case ("R", 3):
      self = .notice(
        .redirected(client: try Self.client(words[1]), node: try Self.node(words[2])))
    case ("N", 2): self = .notice(.doesNotFollow(client: try Self.client(words[1])))
    case ("PING", 1): self = .ping
    case ("PONG", 1): self = .pong
    case ("FAULT", 2): self = .fault(name: try Self.name(words[1]))
    default: throw .badLine
    }
  }

  /// Beyond these nothing is split: only a later version's hello can have so many.
  private static let mostWords = 16
  private static let none: ArraySlice<UInt8> = [UInt8(ascii: "-")]

  private static func hello(_ words: [ArraySlice<UInt8>]) throws(PeerFault) -> PeerHello {
    // The version is looked at first: what follows it is that version's affair.
    guard try number(words[1]) == PeerLimits.version else { throw .version }
    guard words.count >= 6, let edge = EdgeID(word: words[2]) else { throw .badLine }
    let profile = JIDProfile(rawValue: String(decoding: words[4], as: UTF8.self))
    let nonce = PeerNonce(word: words[5])
    guard profile != nil || words[4] == none else { throw .profile }
    guard nonce != nil || words[5] == none else { throw .badLine }
    return PeerHello(
      edge: edge, map: try map(words[3]), profile: profile, nonce: nonce,
      clients: words[6...].lazy.compactMap(clients).first)
  }

  /// Words behind the nonce that this version does not know are no fault.
  private static func clients(_ word: ArraySlice<UInt8>) -> UInt64? {
    guard word.starts(with: clientsWord.utf8) else { return nil }
    return try? client(word.dropFirst(clientsWord.utf8.count))
  }

  private static func known(_ words: [ArraySlice<UInt8>]) throws(PeerFault) -> PeerMessage {
    let number = try number(words[4])
    guard let partition = Partition(exactly: number), partition > 0 else { throw .badLine }
    let names = words[5].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard names.allSatisfy({ canCarry(node: $0) }) else { throw .badLine }
    return .known(
      number: try Self.number(words[1]), user: try user(words[2]), map: try digest(words[3]),
      partition: partition, nodes: names.map { String(decoding: $0, as: UTF8.self) })
  }

  private static func proof(_ word: ArraySlice<UInt8>) throws(PeerFault) -> [UInt8] {
    guard let proof = Hexadecimal.bytes(word, count: PeerProof.count) else { throw .badLine }
    return proof
  }

  private static func map(_ word: ArraySlice<UInt8>) throws(PeerFault) -> MapDigest? {
    word == none ? nil : try digest(word)
  }

  private static func digest(_ word: ArraySlice<UInt8>) throws(PeerFault) -> MapDigest {
    guard let digest = MapDigest(word: word) else { throw .badLine }
    return digest
  }

  private static func user(_ word: ArraySlice<UInt8>) throws(PeerFault) -> [UInt8] {
    guard canCarry(user: word) else { throw .badLine }
    return Array(word)
  }

  private static func client(_ word: ArraySlice<UInt8>) throws(PeerFault) -> UInt64 {
    guard let bytes = Hexadecimal.bytes(word, count: 8) else { throw .badLine }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func node(_ word: ArraySlice<UInt8>) throws(PeerFault) -> String {
    guard canCarry(node: word) else { throw .badLine }
    return String(decoding: word, as: UTF8.self)
  }

  private static func name(_ word: ArraySlice<UInt8>) throws(PeerFault) -> String {
    guard canCarry(name: word) else { throw .badLine }
    return String(decoding: word, as: UTF8.self)
  }

  /// Decimal digits, no sign, no zero in front.
  private static func number(_ word: ArraySlice<UInt8>) throws(PeerFault) -> UInt64 {
    var number: UInt64 = 0
    for byte in word {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw .badLine }
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw .badLine }
      number = sum
    }
    guard !word.isEmpty, word.first != UInt8(ascii: "0") || word.count == 1 else { throw .badLine }
    return number
  }

  private static func isText(_ line: ArraySlice<UInt8>) -> Bool {
    line.allSatisfy { $0 < 0x80 } || String(validating: line, as: UTF8.self) != nil
  }
}
