import Shared

/// Text on its way into a page.
enum HTMLText {
  /// Text as it may stand between tags and in quoted attributes. What HTML cannot hold, control characters, becomes U+FFFD.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
        escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// `1,342,296`.
  static func number(_ value: Int) -> String {
    let digits = Array(String(value.magnitude).utf8)
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.unicodeScalars.append(Unicode.Scalar(digit))
    }
    return text
  }

  /// `14.66 %`, from a share of 1. Not so many digits that a share below all would read as 0, nor one below 1 as 1.
  static func percent(_ share: Double, digits: Int = 2) -> String {
    let text = (share * 100).decimal(digits: digits)
    if share > 0, text == (0.0).decimal(digits: digits) { return "< 0.01 %" }
    if share < 1, text == (100.0).decimal(digits: digits) { return "> 99.9 %" }
    return "\(text) %"
  }

  /// `1 tie`, `2 ties`.
  static func count(_ value: Int, _ one: String, _ many: String) -> String {
    "\(number(value)) \(value == 1 ? one : many)"
  }

  /// A part of a whole from 0 to 1 as a bar, for the eye alone: the number stands beside it. A mark where `limit` is.
  static func bar(_ share: Double, limit: Double? = nil, kind: String = "fill") -> String {
    let length = Int((min(1, max(0, share)) * 1000).rounded())
    var mark = ""
    if let limit {
      let place = min(996, Int((min(1, max(0, limit)) * 1000).rounded()))
      mark = "<rect class=\"limit\" x=\"\(place)\" width=\"4\" height=\"10\"/>"
    }
    return """
      <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">\
      <rect class="rest" width="1000" height="10"/><rect class="\(kind)" width="\(length)" height="10"/>\(mark)</svg>
      """
  }
}
