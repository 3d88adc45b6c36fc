import Shared

/// What the client's header says, read from the piece that `markup` holds (RFC 6120 section 4.7).
extension Workspace {
  /// Checks that it is a client's stream (RFC 6120 section 4.8); the prefixes to remember.
  func streamPrefixes(in bytes: Span<UInt8>) throws(StreamError) -> StreamPrefixes {
    let root = markup.elements[0]
    guard bytes.extracting(root.name).holds("stream") else { throw .badFormat }
    guard root.namespace == .streams else { throw .invalidNamespace }
    guard root.name.lowerBound > root.qualifiedName.lowerBound else { throw .badNamespacePrefix }
    let prefix = bytes.extracting(root.qualifiedName.lowerBound..<(root.name.lowerBound - 1))
    var isClient = false
    var hasOthers = false
    for binding in markup.bindings {
      if binding.prefix.isEmpty {
        isClient = binding.namespace == .client
      } else if !bytes.extracting(binding.prefix).equals(prefix) {
        hasOthers = true
      }
    }
    guard isClient else { throw .invalidNamespace }
    return StreamPrefixes(stream: prefix, hasOthers: hasOthers)
  }

  /// The canonical domain of `to`: the bytes are shared with the setup, or with the stream before.
  mutating func streamDomain(in bytes: Span<UInt8>, _ setup: Setup) throws(StreamError) -> [UInt8] {
    guard let to = markup.value("to", of: 0, in: bytes), !to.isEmpty else {
      guard setup.domains.count == 1 else { throw .improperAddressing }
      return setup.domains[0].bytes
    }
    name.removeAll(keepingCapacity: true)
    Unescaped(to).append(to: &name, from: bytes)
    do throws(JIDError) {
      try Self.makeDomain(of: name[...], setup.profile, &domain)
    } catch {
      throw setup.domains.isEmpty ? .improperAddressing : .hostUnknown
    }
    for hosted in setup.domains where hosted.bytes.span.equals(domain.span) {
      return hosted.bytes
    }
    guard setup.domains.isEmpty else { throw .hostUnknown }
    if !lastDomain.span.equals(domain.span) {
      // Built anew, or the array would keep the room that `domain` has reserved.
      lastDomain = Array(domain[...])
    }
    return lastDomain
  }

  static func makeDomain(
    of name: ArraySlice<UInt8>, _ profile: JIDProfile, _ domain: inout [UInt8]
  ) throws(JIDError) {
    domain.removeAll(keepingCapacity: true)
    try CanonicalJID.append(domain: name.span, profile: profile, to: &domain)
  }

  /// Whether the client knows version 1.0 (RFC 6120 section 4.7.5).
  func streamIsModern(in bytes: Span<UInt8>) throws(StreamError) -> Bool {
    guard let version = markup.value("version", of: 0, in: bytes) else { return false }
    var text = Unescaped(version)
    var isModern = false
    var digits = 0
    var dots = 0
    while let byte = text.next(in: bytes) {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits += 1
        if dots == 0, byte != UInt8(ascii: "0") { isModern = true }
      case UInt8(ascii: ".") where digits > 0 && dots == 0:
        dots = 1
        digits = 0
      default: throw .unsupportedVersion
      }
    }
    guard dots == 1, digits > 0 else { throw .unsupportedVersion }
    return isModern
  }

  /// Makes `user` of `from`. False: there is none, or it has no localpart (some libraries send the
  /// machine's name), which is no error.
  mutating func streamNamesUser(
    in bytes: Span<UInt8>, _ circumstances: Circumstances
  ) throws(StreamError) -> Bool {
    guard let from = markup.value("from", of: 0, in: bytes) else { return false }
    name.removeAll(keepingCapacity: true)
    Unescaped(from).append(to: &name, from: bytes)
    guard let at = name.span.firstIndex(of: UInt8(ascii: "@")),
      name.span.extracting(..<at).firstIndex(of: UInt8(ascii: "/")) == nil
    else { return false }
    guard nameUser(circumstances) else { throw .invalidFrom }
    return true
  }
}
