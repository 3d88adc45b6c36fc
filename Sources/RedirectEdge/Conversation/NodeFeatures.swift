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

  /// Nothing is offered.
  public init() {}

  /// Reads the features that `markup` holds.
  init(_ markup: borrowing Markup, in bytes: Span<UInt8>) {
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
  }

  private static func text(_ escaped: consuming Unescaped, in bytes: Span<UInt8>) -> String {
    var text: [UInt8] = []
    while let byte = escaped.next(in: bytes) { text.append(byte) }
    return String(decoding: text, as: UTF8.self)
  }
}
