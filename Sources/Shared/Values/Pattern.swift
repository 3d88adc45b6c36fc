/// A regular expression that is matched in linear time, whatever it is and whatever it meets: a name
/// chosen by a stranger must not be able to stall a worker.
///
/// All ways of matching are followed at once (Thompson, "Regular Expression Search Algorithm", 1968; Pike's
/// form of it without captures), so that each instruction is visited at most once a character and
/// nothing is ever tried again. The number of instructions is bounded when the pattern is read, and for
/// nearly all patterns everything that can happen is worked out then (`PatternTable`).
///
/// - Syntax: characters; `.` any character; `[a-z]`, `[^a-z]`; `\d \w \s` and `\D \W \S`, ASCII; `\t \n
///   \r \f`, `\xHH`, `\x{H...}`, `\uHHHH`; `\` before punctuation; `(...)`, `(?:...)`, `(?<name>...)`;
///   `|`; `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}` and their lazy forms, which match the same; `^` and `$`,
///   the ends of the text.
/// - Refused: what needs memory of the past (backreferences), look-around, atomic groups, possessive
///   quantifiers, flags.
/// - The text is UTF-8, a character is a Unicode scalar; a byte that is no UTF-8 counts as U+FFFD.
/// - A match anywhere counts, as in POSIX, unless `^` and `$` say otherwise.
public struct Pattern: Sendable {
  private let machine: Machine

  private enum Machine: Sendable {
    case table(PatternTable)
    case program(PatternProgram)
  }

  /// Reads a pattern.
  public init(_ text: String) throws(PatternError) {
    try self.init(text, mayHaveTable: true)
  }

  /// Tests follow the program where a table would do.
  init(_ text: String, mayHaveTable: Bool) throws(PatternError) {
    let program = try PatternProgram(PatternParser.parse(text))
    if mayHaveTable, let table = PatternTable(program) {
      machine = .table(table)
    } else {
      machine = .program(program)
    }
  }

  /// The most steps that a character can cost.
  public var stepsPerCharacter: Int {
    switch machine {
    case .table: 1
    case .program(let program): PatternProgram.visits * program.instructions.count
    }
  }

  /// Whether it matches anywhere in `text`. Allocates its working memory.
  public func matches(_ text: Span<UInt8>) -> Bool {
    var scratch = Scratch()
    return matches(text, scratch: &scratch)
  }

  /// The same with memory that is used again: allocates only if the pattern is larger than any before.
  public func matches(_ text: Span<UInt8>, scratch: inout Scratch) -> Bool {
    switch machine {
    case .table(let table): table.matches(text, steps: &scratch.steps)
    case .program(let program): Self.follow(program, text, &scratch)
    }
  }

  private static func follow(
    _ program: PatternProgram, _ text: Span<UInt8>, _ scratch: inout Scratch
  ) -> Bool {
    scratch.prepare(for: program)
    var position = 0
    while true {
      if position == 0 || !program.isAnchored {
        let isMatch = scratch.follow(
          from: 0, program, isStart: position == 0, isEnd: position == text.count)
        if isMatch { return true }
      }
      if position == text.count || scratch.isIdle && program.isAnchored { return false }
      let (scalar, length) = PatternText.scalar(of: text, at: position)
      position += length
      if scratch.step(over: scalar, program, isEnd: position == text.count) { return true }
    }
  }
}
