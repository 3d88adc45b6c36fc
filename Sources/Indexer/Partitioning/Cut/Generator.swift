/// The seeded source of every random choice: SplitMix64 (Steele, Lea, Flood 2014).
///
/// Our own, because the same seed must give the same partitions on every machine and with every toolchain,
/// which the standard library promises neither of `shuffle` nor of its generators.
struct Generator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// Another generator, for an independent piece of work; `self` moves on by one.
  mutating func fork() -> Generator { Generator(seed: next()) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from 0 to `bound` - 1. Its bias, below `bound` / 2^64, is of no account here.
  mutating func next(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Puts `values` in a random order (Fisher, Yates).
  mutating func shuffle<Value>(_ values: inout [Value]) {
    guard values.count > 1 else { return }
    for last in stride(from: values.count - 1, to: 0, by: -1) {
      values.swapAt(last, next(below: last + 1))
    }
  }
}
