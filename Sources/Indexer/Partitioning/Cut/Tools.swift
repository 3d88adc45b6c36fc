/// What every step of a cut has at hand.
struct Tools {
  var effort: Effort = .default
  var team: Team = .alone
  var generator: Generator
  var progress: Progress = { _, _ in }
  /// What is done of the whole work when the part under way begins, and when it ends; both from 0 to 1.
  private var part = (begin: 0.0, end: 1.0)

  init(
    effort: Effort = .default, team: Team = .alone, generator: Generator,
    progress: @escaping Progress = { _, _ in }
  ) {
    self.effort = effort
    self.team = team
    self.generator = generator
    self.progress = progress
  }

  /// The same, for a piece of work that reports nothing.
  var quiet: Tools {
    get { Tools(effort: effort, team: team, generator: generator) }
    set { generator = newValue.generator }
  }

  /// Tells of a step, when a share of the part under way is done.
  func tell(_ step: Step, done share: Double) {
    progress(step, part.begin + share * (part.end - part.begin))
  }

  /// Does what lies between two shares of the part under way.
  mutating func between<Result>(
    _ begin: Double, _ end: Double, _ work: (inout Tools) -> Result
  ) -> Result {
    let whole = part
    let length = whole.end - whole.begin
    part = (whole.begin + begin * length, whole.begin + end * length)
    defer { part = whole }
    return work(&self)
  }
}
