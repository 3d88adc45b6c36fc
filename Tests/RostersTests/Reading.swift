import Glibc
import Shared

@testable import Rosters

/// Inputs by name, so that includes can be followed without files.
struct Inputs {
  var files: [String: [UInt8]]

  init(_ text: String) { files = ["input": Array(text.utf8)] }

  /// The files of `Fixtures` under `name`, and with it those that it includes.
  init(fixture name: String) {
    files = [:]
    add(name)
    files["input"] = files[name]
  }

  private mutating func add(_ name: String) {
    let path = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)) + "/Fixtures/" + name
    guard let file = fopen(path, "r") else { fatalError("no fixture \(path)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
    files[name] = bytes
    let folder = name.lastIndex(of: "/").map { String(name[...$0]) } ?? ""
    for part in String(decoding: bytes, as: UTF8.self).split(separator: "href='").dropFirst() {
      add(folder + part.prefix { $0 != "'" })
    }
  }

  /// Reads everything; each file in pieces that begin at multiples of `step`, or at `cut`.
  func contacts(
    format: RosterFormat? = nil, domains: [String] = [], step: Int = .max, cut: Int = .max
  ) throws -> Contacts {
    let local = try domains.map { try Domain($0, profile: .nodeprep) }
    var collector = ContactCollector(domains: local, profile: .nodeprep)
    try read(into: &collector, format: format, step: step, cut: cut)
    return try collector.finish()
  }

  /// The same, into a collector that goes on.
  func read(
    _ name: String = "input", into collector: inout ContactCollector, format: RosterFormat? = nil,
    step: Int = .max, cut: Int = .max
  ) throws {
    try read(name, format, .document, &collector, Cuts(step: step, cut: cut))
  }

  private struct Cuts {
    let step: Int
    let cut: Int

    func next(after start: Int, before end: Int) -> Int {
      let regular = step > end ? end : min(start + step, end)
      return start < cut && cut < regular ? cut : regular
    }
  }

  private func read(
    _ name: String, _ format: RosterFormat?, _ context: XEP0227Context,
    _ collector: inout ContactCollector, _ cuts: Cuts
  ) throws {
    let bytes = files[name]!
    let head = bytes.span.extracting(0..<min(bytes.count, RosterInput.headSize))
    var input = try RosterInput(file: name, head: head, format: format, context: context)
    var start = 0
    while start < bytes.count {
      let end = cuts.next(after: start, before: bytes.count)
      try input.read(bytes.span.extracting(start..<end), into: &collector)
      try collector.relieve()
      try follow(input.takeIncludes(), format, &collector, cuts)
      start = end
    }
    try input.finish(into: &collector)
    try follow(input.takeIncludes(), format, &collector, cuts)
  }

  private func follow(
    _ includes: [RosterInclude], _ format: RosterFormat?, _ collector: inout ContactCollector,
    _ cuts: Cuts
  ) throws {
    for include in includes {
      let name = files.keys.first { $0.hasSuffix(include.href) }!
      try read(name, format, include.context, &collector, cuts)
    }
  }
}

extension Contacts {
  var names: [String] { users.map { String(decoding: $0, as: UTF8.self) } }
  /// `a b weight`, by name.
  var links: [String] { ties.map { "\(names[Int($0.a)]) \(names[Int($0.b)]) \($0.weight)" } }
  var drops: [DropReason: Int] {
    Dictionary(uniqueKeysWithValues: dropped.map { ($0.reason, $0.count) })
  }
}

/// What reading `text` complains about; nil if it does not.
func complaint(_ text: String, format: RosterFormat? = nil, domains: [String] = []) -> String? {
  do {
    _ = try Inputs(text).contacts(format: format, domains: domains)
    return nil
  } catch {
    return "\(error)"
  }
}
