import CLinux

/// The system's random numbers: seeds and keys, drawn once at the start.
enum Seed {
  static func random() -> UInt64 {
    var value: UInt64 = 0
    while unsafe getrandom(&value, 8, 0) != 8 {}
    return value
  }
}
