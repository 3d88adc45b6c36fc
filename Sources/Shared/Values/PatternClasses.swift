/// Characters that a program cannot tell apart, as classes with an index each.
struct PatternClasses: Sendable {
  /// More are a pattern that lists characters; it goes without a table.
  private static let most = 128

  /// A character of each class.
  let examples: [UInt32]
  /// For each ASCII character its class.
  private let ascii: [UInt8]
  /// Where the class changes from one character to the next, and the class from there on.
  private let starts: [UInt32]
  private let indices: [UInt8]

  /// Nil if there are too many.
  init?(_ program: PatternProgram) {
    var characters: Set<UInt32> = []
    for case .character(let scalar) in program.instructions { characters.insert(scalar) }
    guard characters.count + program.sets.count <= Self.most else { return nil }
    let wanted = characters.sorted()
    var bounds: Set<UInt32> = [0]
    for scalar in wanted { bounds.formUnion([scalar, scalar + 1]) }
    for set in program.sets { bounds.formUnion(set.bounds) }

    var known: [[Bool]: Int] = [:]
    var examples: [UInt32] = []
    var starts: [UInt32] = []
    var indices: [UInt8] = []
    for start in bounds.sorted() where start <= PatternText.lastScalar {
      let answers = wanted.map { $0 == start } + program.sets.map { $0.contains(start) }
      let index = known[answers] ?? examples.count
      if index == examples.count {
        known[answers] = index
        examples.append(start)
      }
      guard index <= Self.most else { return nil }
      starts.append(start)
      indices.append(UInt8(index))
    }
    self.examples = examples
    self.starts = starts
    self.indices = indices
    ascii = (UInt32(0)..<128).map { scalar in indices[Self.last(starts, upTo: scalar)] }
  }

  /// The number of classes.
  var count: Int { examples.count }

  /// The class of an ASCII character.
  func index(ofASCII byte: UInt8) -> Int { Int(ascii[Int(byte)]) }

  /// The class of any character.
  func index(of scalar: UInt32) -> Int { Int(indices[Self.last(starts, upTo: scalar)]) }

  /// The last of the sorted starts that is not beyond `scalar`; the first is 0.
  private static func last(_ starts: [UInt32], upTo scalar: UInt32) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= scalar { low = middle } else { high = middle }
    }
    return low
  }
}
