/// A pattern as it was written.
indirect enum PatternSyntax: Sendable {
  case character(UInt32)
  case any
  case set(PatternSet)
  case start
  case end
  /// One after the other; empty: the empty text.
  case sequence([PatternSyntax])
  /// One of them; never empty.
  case alternatives([PatternSyntax])
  /// `most` nil: without end.
  case repeated(PatternSyntax, least: Int, most: Int?)

  /// Instructions that it will take; saturating, because counts multiply.
  var size: Int {
    switch self {
    case .character, .any, .set, .start, .end: return 1
    case .sequence(let parts): return parts.reduce(0) { Self.sum($0, $1.size) }
    case .alternatives(let parts):
      return parts.reduce(2 * (parts.count - 1)) { Self.sum($0, $1.size) }
    case .repeated(let part, let least, let most):
      let once = part.size
      guard let most else { return Self.sum(Self.product(max(least, 1), once), 2) }
      return Self.sum(Self.product(least, once), Self.product(most - least, Self.sum(once, 1)))
    }
  }

  /// True if it can match at the start of the text only.
  var isAnchored: Bool {
    switch self {
    case .start: true
    case .character, .any, .set, .end: false
    case .sequence(let parts): parts.contains(where: \.isAnchored)
    case .alternatives(let parts): parts.allSatisfy(\.isAnchored)
    case .repeated(let part, let least, _): least > 0 && part.isAnchored
    }
  }

  private static func sum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }

  private static func product(_ a: Int, _ b: Int) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? .max : product
  }
}
