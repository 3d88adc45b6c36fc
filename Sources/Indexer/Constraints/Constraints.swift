import Shared

/// The contents of a constraints file: what an administrator knows and no contact list tells.
///
/// Each line that is neither empty nor begins with `#` is one rule. Source: docs/constraints.md.
public struct Constraints: Sendable {
  /// The rules in the order of their lines.
  public let all: [Constraint]
  /// The regions that the file names, with the nodes of each.
  let regions: [String: [Int]]
  /// Names of the nodes, in the order of the pool.
  let nodes: [String]
  let profile: JIDProfile
  let domain: Domain?

  /// Reads a file of rules.
  ///
  /// - Parameters:
  ///   - text: the file's contents.
  ///   - file: the file's name, for complaints.
  ///   - nodes: names of the nodes, in the order of the pool.
  ///   - profile: how the users' names are made canonical.
  ///   - domain: what names without a domain get; nil: they are refused.
  /// - Throws: a complaint for every line that is wrong.
  public init(
    parsing text: [UInt8], file: String, nodes: [String], profile: JIDProfile, domain: Domain? = nil
  ) throws(Complaints) {
    var parser = ConstraintParser(nodes: nodes, profile: profile, domain: domain)
    var constraints: [Constraint] = []
    var complaints: [Complaint] = []
    let newline = UInt8(ascii: "\n")
    let lines = text.split(separator: newline, omittingEmptySubsequences: false)
    // Regions may be named below the rules that use them.
    for pass in [ConstraintParser.Pass.regions, .rules] {
      for (index, bytes) in lines.enumerated() {
        let place = SourcePlace(file: file, line: index + 1)
        do throws(ConstraintFault) {
          guard let demand = try parser.demand(of: bytes, at: place, pass) else { continue }
          constraints.append(Constraint(place: place, demand: demand))
        } catch {
          complaints.append(Complaint(at: place, error.message))
        }
      }
    }
    if !complaints.isEmpty { throw Complaints(complaints) }
    all = constraints
    regions = parser.regions.mapValues(\.nodes)
    self.nodes = nodes
    self.profile = profile
    self.domain = domain
  }

  /// The nodes that a name stands for: a node or a region.
  func nodes(named name: String) -> [Int]? {
    nodes.firstIndex(of: name).map { [$0] } ?? regions[name]
  }

  /// The names of nodes, for people.
  func names(of nodes: [Int]) -> String { nodes.map { self.nodes[$0] }.joined(separator: ", ") }
}

/// Why a line is no rule.
struct ConstraintFault: Error {
  let message: String
  init(_ message: String) { self.message = message }
}
