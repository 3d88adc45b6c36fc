/// Weighted rendezvous hashing: each user has a fixed order of the nodes, in which a node comes first
/// as often as its weight says. Who is not on a leaving node stays where he is.
///
/// The method is Schindelhauer and Schomaker's logarithmic one ("Weighted Distributed Hash Tables",
/// 2005): with u uniform in (0, 1) from a keyed hash of user and node, the node with the least
/// -log2(u) / weight wins. Logarithm and quotient are integers, so that every machine agrees.
/// Node order does not matter, names do.
public struct Rendezvous: Sendable {
  private let nodes: [Node]
  private let key: SipHash.Key

  private struct Node {
    let key: SipHash.Key
    let weight: UInt64
  }

  /// Names and weights of the nodes; a node of weight 0 is never chosen. The key is the secret that
  /// all edges share: without it nobody can tell where a name would go.
  public init(nodes: [(name: String, weight: UInt32)], key: (UInt64, UInt64)) {
    self.key = key
    self.nodes = nodes.map { node in
      let name = Array(node.name.utf8)
      // A zero byte cannot occur in a name, so the two halves of a node's key are unrelated.
      let first = SipHash.hash24(name.span, key: key)
      let second = SipHash.hash24((name + [0]).span, key: key)
      return Node(key: (first, second), weight: UInt64(node.weight))
    }
  }

  /// The first node in the user's order that may be taken, as an index into the nodes; nil if none
  /// may. `available` says which may. Allocates nothing.
  public func node(for user: Span<UInt8>, available: (Int) -> Bool) -> Int? {
    let digest = SipHash.hash24(user, key: key)
    var best: Int?
    var least = UInt64.max
    for index in nodes.indices where nodes[index].weight > 0 && available(index) {
      let node = nodes[index]
      let cost = Self.negativeLog2(SipHash.hash24(digest, key: node.key))
      // At most 2^38 << 25: it fits, and keeps the quotient exact enough for every weight.
      let score = cost << 25 / node.weight
      if let best, score > least || score == least && nodes[best].key.0 <= node.key.0 { continue }
      best = index
      least = score
    }
    return best
  }

  /// A number that is the user's own at this node, evenly spread in its low bits.
  public func lot(of user: Span<UInt8>, at index: Int) -> UInt64 {
    SipHash.hash24(SipHash.hash24(user, key: key), key: nodes[index].key)
  }

  /// -log2(hash / 2^64) in units of 2^-32: 1...2^38.
  static func negativeLog2(_ hash: UInt64) -> UInt64 {
    let value = max(hash, 1)
    let zeros = UInt64(value.leadingZeroBitCount)
    // The mantissa in [1, 2), in units of 2^-63. Squaring doubles its logarithm; each time that it
    // reaches 2, the next bit of the fraction is one.
    var mantissa = value << zeros
    var fraction: UInt64 = 0
    for _ in 0..<32 {
      let square = mantissa.multipliedFullWidth(by: mantissa).high
      let carry = square >> 63
      fraction = fraction << 1 | carry
      mantissa = square &<< (1 - carry)
    }
    return (zeros + 1) << 32 - fraction
  }
}
