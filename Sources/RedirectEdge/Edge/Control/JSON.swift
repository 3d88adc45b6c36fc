/// A JSON value (RFC 8259), as far as the edge has something to say.
enum JSON {
  case string(String)
  case number(Int)
  /// Written with three digits behind the point.
  case fraction(Double)
  case truth(Bool)
  case array([JSON])
  /// Written in this order.
  case object([(name: String, value: JSON)])

  var text: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .string(let value): text += "\"\(value.jsonEscaped)\""
    case .number(let value): text += "\(value)"
    case .fraction(let value):
      let thousandths = Int((value * 1000).rounded())
      let digits = "\(1000 + abs(thousandths) % 1000)".dropFirst()
      text += "\(thousandths < 0 ? "-" : "")\(abs(thousandths) / 1000).\(digits)"
    case .truth(let value): text += value ? "true" : "false"
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
  var jsonEscaped: String {
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
