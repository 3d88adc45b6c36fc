import Glibc

/// Times as RFC 3339 writes them in UTC: `2026-11-21T12:00:00Z`.
enum Timestamp {
  /// SOURCE_DATE_EPOCH if it is set (https://reproducible-builds.org/specs/source-date-epoch/), else now.
  static func ofBuild() throws -> String {
    let name = "SOURCE_DATE_EPOCH"
    guard let value = unsafe getenv(name).map({ unsafe String(cString: $0) }) else {
      return text(time(nil)) ?? ""
    }
    guard let seconds = time_t(value), seconds >= 0, let text = text(seconds) else {
      throw Output.complain(
        "\(name) is \"\(value)\"; expected seconds since 1970", ExitStatus.usage)
    }
    return text
  }

  /// The time `seconds` after the epoch; nil if its year has more than four digits.
  private static func text(_ seconds: time_t) -> String? {
    let (days, second) = (seconds / 86400, seconds % 86400)
    let (year, month, day) = civil(days)
    guard year <= 9999 else { return nil }
    return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
      + "T\(digits(second / 3600, 2)):\(digits(second / 60 % 60, 2)):\(digits(second % 60, 2))Z"
  }

  /// The Gregorian date so many days after 1970-01-01 (Hinnant, chrono-compatible low-level date algorithms).
  ///
  /// Years are counted from March on, so that the leap day is the last of its year, in eras of 400 years.
  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let daysInEra = 146_097
    let fromMarch0 = days + 719_468
    let era = fromMarch0 / daysInEra
    let day = fromMarch0 % daysInEra
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    return (
      era * 400 + year + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9,
      dayOfYear - (153 * month + 2) / 5 + 1
    )
  }

  private static func digits(_ number: Int, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}
