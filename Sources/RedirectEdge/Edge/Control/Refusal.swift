/// Something new that is not taken, and why: a line for each fault, with its place and what was expected.
struct Refusal: Error, CustomStringConvertible {
  let lines: [String]

  init(_ lines: [String]) {
    self.lines = lines
  }

  var description: String { lines.joined(separator: "\n") }
}
