extension Pattern {
  /// Memory that matching uses: one for each thread, for any number of patterns.
  public struct Scratch: Sendable {
    /// Look-ups and instructions visited so far: what matching costs, whatever the machine.
    public internal(set) var steps = 0

    /// Instructions that wait for the next character, first `count`.
    private var waiting: [Int] = []
    private var count = 0
    /// The same for the character after it.
    private var next: [Int] = []
    private var nextCount = 0
    /// For each instruction the last round in which it was entered.
    private var rounds: [Int] = []
    /// One round for each position of each text.
    private var round = 0
    /// Instructions that are entered but not yet looked at.
    private var entered: [Int] = []

    /// Memory for nothing yet; the first match makes it large enough.
    public init() {}

    /// Nothing waits for a character.
    var isIdle: Bool { count == 0 }

    mutating func prepare(for program: PatternProgram) {
      count = 0
      round += 1
      let size = program.instructions.count
      guard rounds.count < size else { return }
      waiting = Array(repeating: 0, count: size)
      next = waiting
      entered = waiting
      rounds = waiting
    }

    /// Takes one character. True if the pattern matches then.
    mutating func step(over scalar: UInt32, _ program: PatternProgram, isEnd: Bool) -> Bool {
      round += 1
      nextCount = 0
      for index in 0..<count {
        let place = waiting[index]
        steps += 1
        if program.takes(scalar, at: place), enter(place + 1, program, isStart: false, isEnd: isEnd)
        {
          return true
        }
      }
      swap(&waiting, &next)
      count = nextCount
      return false
    }

    /// Begins at an instruction, beside what waits already. True if the pattern matches then.
    mutating func follow(
      from place: Int, _ program: PatternProgram, isStart: Bool, isEnd: Bool
    ) -> Bool {
      // What is entered goes to `next`; here it belongs to the current character.
      swap(&waiting, &next)
      nextCount = count
      let isMatch = enter(place, program, isStart: isStart, isEnd: isEnd)
      swap(&waiting, &next)
      count = nextCount
      return isMatch
    }

    /// Enters an instruction and all that follow without a character, each once a round.
    private mutating func enter(
      _ place: Int, _ program: PatternProgram, isStart: Bool, isEnd: Bool
    ) -> Bool {
      var depth = 0
      push(place, &depth)
      while depth > 0 {
        depth -= 1
        let place = entered[depth]
        steps += 1
        switch program.instructions[place] {
        case .match: return true
        case .jump(let target): push(target, &depth)
        case .split(let first, let second):
          push(second, &depth)
          push(first, &depth)
        case .start: if isStart { push(place + 1, &depth) }
        case .end: if isEnd { push(place + 1, &depth) }
        case .character, .any, .set:
          next[nextCount] = place
          nextCount += 1
        }
      }
      return false
    }

    private mutating func push(_ place: Int, _ depth: inout Int) {
      guard rounds[place] != round else { return }
      rounds[place] = round
      entered[depth] = place
      depth += 1
    }
  }
}
