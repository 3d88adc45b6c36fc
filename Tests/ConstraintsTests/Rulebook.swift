import Constraints
import Partitioning
import Rosters
import Shared

/// A constraints file and the users and nodes that it speaks of, as tests write them.
struct Rulebook {
  var nodes = ["im1", "im2", "im3", "im4"]
  var capacities: [Int] = [100, 100, 100, 100]
  var users: [String] = (0..<20).map { "u\($0 < 10 ? "0" : "")\($0)@a.example" } + ["z@b.example"]
  var lists: [String: String] = [:]
  var loads: [UInt32]?
  var domain: Domain?

  func parse(_ text: String) throws(Complaints) -> Constraints {
    try Constraints(
      parsing: Array(text.utf8), file: "rules", nodes: nodes, profile: .nodeprep, domain: domain)
  }

  func resolve(_ text: String) throws(Complaints) -> Resolution {
    try Resolution(
      parse(text), users: UserNames(users),
      room: Resolution.Room(capacities: capacities, loads: loads)
    ) { (path) throws(Complaint) in
      guard let list = lists[path] else { throw Complaint(place: path, message: "no such file") }
      return Array(list.utf8)
    }
  }

  /// What is wrong with a text, one complaint a line; empty if nothing is.
  func complaints(_ text: String) -> String {
    do throws(Complaints) {
      _ = try resolve(text)
      return ""
    } catch {
      return error.description
    }
  }
}
