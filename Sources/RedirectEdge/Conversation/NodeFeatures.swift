/// What a node offers on a stream: the part of `<stream:features/>` that the edge has a use for.
public struct NodeFeatures: Equatable, Sendable {
  /// Mechanisms of SASL (RFC 6120 section 6), in the node's order.
  public internal(set) var mechanisms: [String] = []
  /// Mechanisms of SASL2 (XEP-0388), in the node's order.
  public internal(set) var sasl2Mechanisms: [String] = []
  /// Types of channel binding (XEP-0440), in the node's order.
  public internal(set) var channelBindings: [String] = []
  /// STARTTLS is offered (RFC 6120 section 5).
  public internal(set) var offersTLS = false
  /// It is no node but an edge: it says so itself.
  public internal(set) var isEdge = false

  /// The element as it came, but for STARTTLS: what a client inside TLS may be shown behind the node's own header.
  public internal(set) var text: [UInt8] = []
  /// It means the same behind our header, which binds no prefix but `stream`.
  public internal(set) var standsAlone = false

  /// What a client may be shown behind our own header; empty: nothing.
  public var shown: [UInt8] { standsAlone ? text : [] }

  /// Nothing is offered.
  public init() {}

  /// Reads the features that `markup` holds.
  init(_ markup: borrowing Markup, in bytes: Span<UInt8>, _ framing: Framing = .document) {
    for index in markup.elements.indices {
      let element = markup.elements[index]
      let name = bytes.extracting(element.name)
      switch element.namespace {
      case .tls where name.holds("starttls"): offersTLS = true
      case .edge where name.holds("edge"): isEdge = true
      case .sasl where name.holds("mechanism") && markup.isLeaf(index):
        mechanisms.append(Self.text(Unescaped(element.content), in: bytes))
      case .sasl2 where name.holds("mechanism") && markup.isLeaf(index):
        sasl2Mechanisms.append(Self.text(Unescaped(element.content), in: bytes))
      case .channelBinding where name.holds("channel-binding"):
        if let type = markup.value("type", of: index, in: bytes) {
          channelBindings.append(Self.text(Unescaped(type), in: bytes))
        }
      default: continue
      }
    }
    text = Self.withoutTLS(markup, in: bytes)
    // A message of a WebSocket always does.
    standsAlone = framing == .messages || Self.standsAlone(markup, in: bytes)
  }

  /// The first element of `markup` without its STARTTLS.
  private static func withoutTLS(_ markup: borrowing Markup, in bytes: Span<UInt8>) -> [UInt8] {
    guard let root = markup.elements.first else { return [] }
    var text: [UInt8] = []
    var next = 0
    for index in markup.elements.indices.dropFirst() {
      let element = markup.elements[index]
      guard element.depth == root.depth + 1, element.namespace == .tls else { continue }
      let start = element.qualifiedName.lowerBound - 1
      let sibling = markup.elements[(index + 1)...].first { $0.depth <= element.depth }
      let end = sibling.map { $0.qualifiedName.lowerBound - 1 } ?? root.content.upperBound
      text += Said.copy(bytes.extracting(next..<start))
      next = end
    }
    return text + Said.copy(bytes.extracting(next..<bytes.count))
  }

  /// Whether no name in it needs a prefix that only the node's header binds.
  private static func standsAlone(_ markup: borrowing Markup, in bytes: Span<UInt8>) -> Bool {
    guard let root = markup.elements.first else { return false }
    let prefix = root.qualifiedName.lowerBound..<root.name.lowerBound
    guard bytes.extracting(prefix).holds("stream:") else { return false }
    for element in markup.elements.dropFirst() {
      guard element.name.lowerBound == element.qualifiedName.lowerBound else { return false }
    }
    for attribute in markup.attributes {
      guard let colon = attribute.colon else { continue }
      let prefix = bytes.extracting(attribute.qualifiedName.lowerBound..<colon)
      guard prefix.holds("xml") || prefix.holds("xmlns") else { return false }
    }
    return true
  }

  private static func text(_ escaped: consuming Unescaped, in bytes: Span<UInt8>) -> String {
    var text: [UInt8] = []
    while let byte = escaped.next(in: bytes) { text.append(byte) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether all of them offer the same ways to log in, in whatever order.
  public static func agree(_ nodes: [NodeFeatures]) -> Bool {
    guard let first = nodes.first else { return true }
    return nodes.allSatisfy {
      Set($0.mechanisms) == Set(first.mechanisms)
        && Set($0.sasl2Mechanisms) == Set(first.sasl2Mechanisms)
        && Set($0.channelBindings) == Set(first.channelBindings)
    }
  }

  /// The features with the mark by which edges know each other, so that none takes another for a node.
  private static func marked(_ features: [UInt8]) -> [UInt8] {
    let end = Array("</stream:features>".utf8)
    guard features.suffix(end.count).elementsEqual(end) else { return features }
    return features.dropLast(end.count) + Array(Answer.mark.utf8) + end
  }

  /// What an edge may offer for nodes of which these are known: what one of them shows if they agree, else the mechanisms
  /// that all have. nil: nothing is known.
  public static func offer(of nodes: [NodeFeatures], _ framing: Framing = .document) -> [UInt8]? {
    guard let first = nodes.first else { return nil }
    if agree(nodes), let shown = nodes.first(where: \.standsAlone)?.shown { return marked(shown) }
    return Answer.features(
      first.mechanisms.filter { mechanism in
        nodes.allSatisfy { $0.mechanisms.contains(mechanism) }
      }, framing)
  }
}
