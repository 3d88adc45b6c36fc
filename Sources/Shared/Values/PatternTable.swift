/// A pattern as a table of states (a DFA, made by the subset construction): one look-up a character.
/// Nearly all patterns that people write have one; those that would need too many states are followed
/// as a `PatternProgram`.
///
/// A state is what the program would wait with: instructions that take a character, and those that wait
/// for the end of the text.
///
/// A class, so that asking a hundred rules copies no arrays' references.
final class PatternTable: Sendable {
  /// Entries of a table: 32 KiB. Enough for `^[a-z]{1000}$`, and small enough for hundreds of rules to
  /// stay in a cache together.
  private static let largest = 16384
  /// Instructions that making a table may visit: some milliseconds for the few patterns that have none.
  private static let mostSteps = 400_000

  /// Nothing can match any more.
  private static let dead: UInt16 = 0
  /// It matches, whatever follows.
  private static let matched: UInt16 = 1

  private let classes: PatternClasses
  /// For each state the next one by the class of a character.
  private let next: [UInt16]
  /// For each state whether it matches if the text ends there.
  private let matchesAtEnd: [Bool]
  private let first: UInt16

  /// Nil if the table would be too large.
  init?(_ program: PatternProgram) {
    guard let classes = PatternClasses(program) else { return nil }
    var builder = PatternTableBuilder(program)
    // Dead and matched lead nowhere else.
    var next = Array(repeating: Self.dead, count: classes.count)
    next += Array(repeating: Self.matched, count: classes.count)
    first = builder.first()
    var state = 2
    while state < builder.count {
      for example in classes.examples {
        next.append(builder.state(after: state, example))
      }
      guard next.count <= Self.largest, builder.steps <= Self.mostSteps else { return nil }
      state += 1
    }
    self.classes = classes
    self.next = next
    matchesAtEnd = builder.matchesAtEnd
  }

  /// Whether the pattern matches anywhere in `text`; `steps` is raised by the characters looked at.
  func matches(_ text: Span<UInt8>, steps: inout Int) -> Bool {
    var state = first
    var position = 0
    while position < text.count, state > Self.matched {
      let index: Int
      if text[position] < 0x80 {
        index = classes.index(ofASCII: text[position])
        position += 1
      } else {
        let (scalar, length) = PatternText.scalar(of: text, at: position)
        index = classes.index(of: scalar)
        position += length
      }
      state = next[Int(state) * classes.count + index]
      steps += 1
    }
    return matchesAtEnd[Int(state)]
  }
}

/// The states of a table, found one from another.
private struct PatternTableBuilder {
  private let program: PatternProgram
  private var members: [[Int]] = [[], []]
  private var known: [[Int]: UInt16] = [[]: 0]
  private(set) var matchesAtEnd = [false, true]
  private(set) var steps = 0

  init(_ program: PatternProgram) {
    self.program = program
    // What can begin anywhere never waits with nothing.
    if !program.isAnchored { known = [:] }
  }

  var count: Int { members.count }

  /// The state at the start of the text.
  mutating func first() -> UInt16 {
    guard let entered = close([0], isStart: true, isEnd: false) else { return 1 }
    // Never found again by its members: only at the start `^` is passed, also behind a `$`.
    return add(entered, isStart: true)
  }

  /// The state after a character; `scalar` stands for its class.
  mutating func state(after state: Int, _ scalar: UInt32) -> UInt16 {
    var places = members[state].filter { program.takes(scalar, at: $0) }.map { $0 + 1 }
    steps += members[state].count
    if !program.isAnchored { places.append(0) }
    guard let entered = close(places, isStart: false, isEnd: false) else { return 1 }
    if let number = known[entered] { return number }
    let number = add(entered, isStart: false)
    known[entered] = number
    return number
  }

  private mutating func add(_ entered: [Int], isStart: Bool) -> UInt16 {
    members.append(entered)
    let ends = entered.filter { if case .end = program.instructions[$0] { true } else { false } }
    matchesAtEnd.append(close(ends, isStart: isStart, isEnd: true) == nil)
    // A table is given up long before its states are more than fit.
    return UInt16(members.count - 1)
  }

  /// Where the program waits once it has entered `places`, sorted; nil if it matches.
  private mutating func close(_ places: [Int], isStart: Bool, isEnd: Bool) -> [Int]? {
    var entered: Set<Int> = []
    var waiting: [Int] = []
    var open = places
    while let place = open.popLast() {
      guard entered.insert(place).inserted else { continue }
      steps += 1
      switch program.instructions[place] {
      case .match: return nil
      case .jump(let target): open.append(target)
      case .split(let first, let second): open += [first, second]
      case .start: if isStart { open.append(place + 1) }
      case .end: if isEnd { open.append(place + 1) } else { waiting.append(place) }
      case .character, .any, .set: waiting.append(place)
      }
    }
    return waiting.sorted()
  }
}
