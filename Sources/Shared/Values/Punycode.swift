/// Punycode's decoder (RFC 3492 section 6.2).
enum Punycode {
  /// The code points behind the text after `xn--`; nil if it is not Punycode. Lower case only.
  static func decode(_ text: ArraySlice<UInt32>) -> [UInt32]? {
    // 63 bytes a label (RFC 1035 section 2.3.4); inserting takes quadratic time.
    guard text.count <= 59 else { return nil }
    // A delimiter in front has nothing to delimit: it is then no digit either.
    let delimiter = text.dropFirst().lastIndex(of: 0x2D)
    var output = delimiter.map { Array(text[..<$0]) } ?? []
    var position: UInt32 = 0
    var codePoint: UInt32 = 0x80
    var bias: UInt32 = 72
    var input = delimiter.map { text[($0 + 1)...] } ?? text
    while !input.isEmpty {
      guard let delta = integer(&input, bias: bias) else { return nil }
      let count = UInt32(output.count + 1)
      let (sum, overflow) = position.addingReportingOverflow(delta)
      guard !overflow, sum / count <= 0x10FFFF - codePoint else { return nil }
      bias = adapted(delta, count: count, isFirst: position == 0 && codePoint == 0x80)
      codePoint += sum / count
      guard Unicode.Scalar(codePoint) != nil else { return nil }
      output.insert(codePoint, at: Int(sum % count))
      position = sum % count + 1
    }
    return output
  }

  private static let base: UInt32 = 36
  private static let leastThreshold: UInt32 = 1
  private static let mostThreshold: UInt32 = 26

  /// A variable-length integer, least significant digit first.
  private static func integer(_ input: inout ArraySlice<UInt32>, bias: UInt32) -> UInt32? {
    var value: UInt32 = 0
    var weight: UInt32 = 1
    var position = base
    while true {
      guard let digit = input.popFirst().flatMap(digit) else { return nil }
      let (product, tooLarge) = digit.multipliedReportingOverflow(by: weight)
      let (sum, overflow) = value.addingReportingOverflow(product)
      guard !tooLarge, !overflow else { return nil }
      value = sum
      let threshold = min(max(leastThreshold + bias, position) - bias, mostThreshold)
      if digit < threshold { return value }
      let (heavier, tooHeavy) = weight.multipliedReportingOverflow(by: base - threshold)
      guard !tooHeavy else { return nil }
      weight = heavier
      position += base
    }
  }

  private static func digit(_ character: UInt32) -> UInt32? {
    switch character {
    case 0x61...0x7A: character - 0x61
    case 0x30...0x39: character - 0x30 + 26
    default: nil
    }
  }

  /// RFC 3492 section 6.1; damp 700 and skew 38 are section 5's.
  private static func adapted(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
    var delta = isFirst ? delta / 700 : delta / 2
    delta += delta / count
    var position: UInt32 = 0
    while delta > (base - leastThreshold) * mostThreshold / 2 {
      delta /= base - leastThreshold
      position += base
    }
    return position + (base - leastThreshold + 1) * delta / (delta + 38)
  }
}
