/// A JSON value (RFC 8259), as far as our programs have something to say.
public enum JSON: Sendable {
  case string(String)
  case number(Int)
  /// Written with so many digits behind the point; finite, and below 2^63 with them.
  case fraction(Double, digits: Int = 3)
  case truth(Bool)
  case null
  case array([JSON])
  /// Written in this order.
  case object([(name: String, value: JSON)])

  /// All on one line.
  public var text: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .string(let value): text += "\"\(value.jsonEscaped)\""
    case .number(let value): text += "\(value)"
    case .fraction(let value, let digits): text += value.decimal(digits: digits)
    case .truth(let value): text += value ? "true" : "false"
    case .null: text += "null"
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        value.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        text += "\"\(member.name.jsonEscaped)\":"
        member.value.write(to: &text)
      }
      text += "}"
    }
  }
}

extension String {
  /// RFC 8259 section 7.
  public var jsonEscaped: String {
    var escaped = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

extension Double {
  /// Rounded to so many digits behind the point: `-0.250`. For finite numbers that stay below 2^63 with all their digits.
  public func decimal(digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((self * Double(scale)).rounded())
    let sign = scaled < 0 ? "-" : ""
    guard digits > 0 else { return "\(scaled)" }
    let fraction = String(abs(scaled) % scale)
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return "\(sign)\(abs(scaled) / scale).\(zeros)\(fraction)"
  }
}
