/// Names of files on their way: `.NAME.redirect-edge-RANDOM.tmp`.
///
/// Only what has exactly this form is ever cleared up: `.NAME.backup.tmp` may be somebody's.
enum LeftoverName {
  private static let marker = "redirect-edge-"
  private static let suffix = ".tmp"
  private static let radix = 36
  /// Digits of the largest UInt64 in that radix; smaller ones are filled up.
  private static let digits = 13

  /// A new name for a file that will be called `name`.
  static func random(for name: String) -> String {
    let number = String(UInt64.random(in: .min ... .max), radix: radix)
    let filled = String(repeating: "0", count: digits - number.utf8.count) + number
    return ".\(name).\(marker)\(filled)\(suffix)"
  }

  /// Whether `found` is such a name for `name`.
  static func isOne(_ found: String, for name: String) -> Bool {
    // By bytes: to Swift a character may reach over the end of `name`.
    let prefix = Array(".\(name).\(marker)".utf8)
    let bytes = Array(found.utf8)
    guard bytes.starts(with: prefix) else { return false }
    let rest = bytes[prefix.count...]
    return rest.count == digits + suffix.utf8.count
      && rest.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
      && rest.prefix(digits).allSatisfy { digit in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(digit)
      }
  }
}
