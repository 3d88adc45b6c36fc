extension ConfigurationValue where Value == Duration {
  /// `500ms`, `2s`, `1m`, `1h`, or `0`.
  static func duration(_ range: ClosedRange<Duration>) -> Self {
    Self { text throws(ConfigurationFault) in
      guard let duration = ConfigurationDuration.parse(text), range.contains(duration) else {
        throw ConfigurationFault(expectation(range))
      }
      return duration
    }
  }

  /// The same or 0, where a bare number is minutes, as in the original.
  static func zeroOrMinutes(_ range: ClosedRange<Duration>) -> Self {
    Self { text throws(ConfigurationFault) in
      let isBare = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let duration = ConfigurationDuration.parse(isBare ? text + "m" : text),
        duration == .zero || range.contains(duration)
      else { throw ConfigurationFault(expectation(range) + ", or 0; a bare number is minutes") }
      return duration
    }
  }

  private static func expectation(_ range: ClosedRange<Duration>) -> String {
    "a time from \(ConfigurationDuration.text(range.lowerBound)) to "
      + "\(ConfigurationDuration.text(range.upperBound)), as 500ms, 2s, 1m or 1h"
  }
}

/// Spans of time as people write them: a whole number and a unit.
enum ConfigurationDuration {
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
  ]

  static func parse(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let name = text.utf8.dropFirst(digits.count)
    guard let number = Int64(Substring(digits)),
      let unit = units.first(where: { $0.name == String(Substring(name)) })
    else { return nil }
    let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
    return overflow ? nil : .milliseconds(milliseconds)
  }

  /// In the largest unit that tells it exactly.
  static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    for unit in units.reversed() where milliseconds % unit.milliseconds == 0 && milliseconds > 0 {
      return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
    return "0"
  }
}
