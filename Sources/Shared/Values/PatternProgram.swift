/// A pattern as instructions for `Pattern.Scratch`.
struct PatternProgram: Sendable {
  enum Instruction: Sendable {
    /// Takes this character, then the next instruction.
    case character(UInt32)
    /// Takes any character.
    case any
    /// Takes a character of a set, by its index.
    case set(Int)
    /// Goes on if this is the start of the text.
    case start
    /// Goes on if this is the end of the text.
    case end
    /// Goes on in two places.
    case split(Int, Int)
    /// Goes on elsewhere.
    case jump(Int)
    /// The pattern matches.
    case match
  }

  /// The most instructions of one pattern. A pattern without a table visits at most `visits` times as many a
  /// character: with the longest name (2047 bytes) some 30 ms, for a pattern that was made for it.
  static let largest = 2000
  /// An instruction is entered once a character at most, and looked at once more if it takes one.
  static let visits = 2

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [PatternSet] = []
  /// True if it can match at the start of the text only.
  let isAnchored: Bool

  init(_ syntax: PatternSyntax) throws(PatternError) {
    isAnchored = syntax.isAnchored
    // Before anything is unrolled: `((a{1000}){1000}){1000}` would not end.
    guard syntax.size < Self.largest else {
      throw PatternError(
        column: 1,
        message: "the pattern is too large with its repetitions written out; expected fewer than "
          + "\(Self.largest) characters and sets in all")
    }
    instructions.reserveCapacity(syntax.size + 1)
    emit(syntax)
    instructions.append(.match)
  }

  /// Whether an instruction takes a character.
  func takes(_ scalar: UInt32, at place: Int) -> Bool {
    switch instructions[place] {
    case .character(let wanted): wanted == scalar
    case .any: true
    case .set(let set): sets[set].contains(scalar)
    case .start, .end, .split, .jump, .match: false
    }
  }

  private mutating func emit(_ syntax: PatternSyntax) {
    switch syntax {
    case .character(let scalar): instructions.append(.character(scalar))
    case .any: instructions.append(.any)
    case .set(let set):
      // A repeated set stands there once.
      let index = sets.lastIndex(of: set) ?? sets.count
      if index == sets.count { sets.append(set) }
      instructions.append(.set(index))
    case .start: instructions.append(.start)
    case .end: instructions.append(.end)
    case .sequence(let parts): for part in parts { emit(part) }
    case .alternatives(let parts): emit(parts[...])
    case .repeated(let part, let least, let most): emit(part, least, most)
    }
  }

  private mutating func emit(_ alternatives: ArraySlice<PatternSyntax>) {
    var jumps: [Int] = []
    for part in alternatives.dropLast() {
      let split = reserve()
      emit(part)
      jumps.append(reserve())
      instructions[split] = .split(split + 1, instructions.count)
    }
    if let last = alternatives.last { emit(last) }
    for jump in jumps { instructions[jump] = .jump(instructions.count) }
  }

  private mutating func emit(_ part: PatternSyntax, _ least: Int, _ most: Int?) {
    if let most {
      for _ in 0..<least { emit(part) }
      var splits: [Int] = []
      for _ in least..<most {
        splits.append(reserve())
        emit(part)
      }
      for split in splits { instructions[split] = .split(split + 1, instructions.count) }
    } else if least == 0 {
      let split = reserve()
      emit(part)
      instructions.append(.jump(split))
      instructions[split] = .split(split + 1, instructions.count)
    } else {
      for _ in 1..<least { emit(part) }
      let first = instructions.count
      emit(part)
      instructions.append(.split(first, instructions.count + 1))
    }
  }

  /// A place that is filled when it is known where it leads.
  private mutating func reserve() -> Int {
    instructions.append(.match)
    return instructions.count - 1
  }
}
