import ArgumentParser

/// A number of bytes, as people write it: `512M`, `8G`.
struct ByteCount: ExpressibleByArgument, CustomStringConvertible {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  /// A whole number and perhaps one of the letters K, M, G and T, which stand for powers of 1024.
  init?(argument: String) {
    var digits = argument[...]
    var shift = 0
    if let last = digits.last,
      let place = Array("KMGT").firstIndex(of: Character(last.uppercased()))
    {
      shift = 10 * (place + 1)
      digits = digits.dropLast()
    }
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int(digits), number <= Int.max >> shift
    else { return nil }
    bytes = number << shift
  }

  /// In the largest unit in which it is a whole number.
  var description: String {
    for (shift, letter) in [(40, "T"), (30, "G"), (20, "M"), (10, "K")]
    where bytes != 0 && bytes % (1 << shift) == 0 {
      return "\(bytes >> shift)\(letter)"
    }
    return "\(bytes)"
  }
}
