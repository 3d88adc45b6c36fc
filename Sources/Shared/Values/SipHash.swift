/// SipHash-2-4 (Aumasson and Bernstein, 2012): a short keyed hash whose answers nobody without the
/// key can predict or steer.
public enum SipHash {
  /// A key: the paper's k0 and k1, which are its 16 bytes read little-endian.
  public typealias Key = (UInt64, UInt64)

  /// Hashes bytes.
  public static func hash24(_ bytes: Span<UInt8>, key: Key) -> UInt64 {
    var state = State(key)
    let whole = bytes.count & ~7
    for start in stride(from: 0, to: whole, by: 8) {
      state.compress(word(bytes, start, 8))
    }
    let rest = word(bytes, whole, bytes.count - whole)
    return state.finish(rest | UInt64(truncatingIfNeeded: bytes.count) << 56)
  }

  /// Hashes a number as its eight little-endian bytes.
  public static func hash24(_ number: UInt64, key: Key) -> UInt64 {
    var state = State(key)
    state.compress(number)
    return state.finish(8 << 56)
  }

  /// Up to eight bytes, little-endian.
  private static func word(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<count {
      word |= UInt64(bytes[start + index]) &<< UInt64(index * 8)
    }
    return word
  }

  /// The four words of the paper's section 2.2.
  private struct State {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    init(_ key: Key) {
      v0 = key.0 ^ 0x736f_6d65_7073_6575
      v1 = key.1 ^ 0x646f_7261_6e64_6f6d
      v2 = key.0 ^ 0x6c79_6765_6e65_7261
      v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    mutating func compress(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func finish(_ last: UInt64) -> UInt64 {
      compress(last)
      v2 ^= 0xff
      for _ in 0..<4 { round() }
      return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func round() {
      v0 &+= v1
      v1 = rotate(v1, 13) ^ v0
      v0 = rotate(v0, 32)
      v2 &+= v3
      v3 = rotate(v3, 16) ^ v2
      v0 &+= v3
      v3 = rotate(v3, 21) ^ v0
      v2 &+= v1
      v1 = rotate(v1, 17) ^ v2
      v2 = rotate(v2, 32)
    }

    private func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
      word &<< bits | word &>> (64 - bits)
    }
  }
}
