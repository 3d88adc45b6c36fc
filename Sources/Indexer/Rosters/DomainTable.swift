/// The domains seen so far, numbered. Few in practice, so the last one found is tried first.
struct DomainTable: Sendable {
  private var names: [[UInt8]] = []
  private var numbers: [[UInt8]: UInt32] = [:]
  private var last: UInt32?

  var count: Int { names.count }

  /// The domain with this number.
  func name(_ number: Int) -> [UInt8] { names[number] }

  /// Whether `domain` is the one with this number.
  @inline(__always)
  func isName(_ number: Int, _ domain: Span<UInt8>) -> Bool {
    let name = names[number]
    return name.span.hasSameBytes(as: domain)
  }

  /// The number of `domain` if it is known.
  mutating func find(_ domain: Span<UInt8>) -> UInt32? {
    if let last {
      let name = names[Int(last)]
      if name.span.hasSameBytes(as: domain) { return last }
    }
    guard let number = numbers[Array(copying: domain)] else { return nil }
    last = number
    return number
  }

  /// The number of `domain`, a new one if it was not known.
  mutating func intern(_ domain: Span<UInt8>) -> UInt32 {
    if let number = find(domain) { return number }
    let number = UInt32(names.count)
    let name = Array(copying: domain)
    names.append(name)
    numbers[name] = number
    last = number
    return number
  }
}
