import Constraints
import MapFile
import Partitioning
import Rosters
import Shared

/// The file of `--constraints`, and the lists that it names.
struct ConstraintsFile {
  let constraints: Constraints
  let resolution: Resolution
  private let room: Resolution.Room

  /// Reads it and finds whom it means among `users`.
  ///
  /// - Parameter domain: what names without a domain get.
  init(
    _ path: String, users: UserNames, limits: Limits, loads: Loads?, profile: JIDProfile,
    domain: Domain?
  ) throws(Complaints) {
    let pool = limits.pool
    constraints = try Constraints(
      parsing: try Self.contents(of: path), file: path,
      nodes: pool.isNamed ? pool.nodes.map(\.name) : [], profile: profile, domain: domain)
    room = Resolution.Room(
      capacities: limits.nodeCapacities(users: users.count, loads: loads?.units),
      loads: loads?.units, unitsOfSession: loads?.unitsOfSession ?? 1)
    resolution = try Resolution(constraints, users: users, room: room) {
      (list) throws(Complaint) in
      // As the rule gives it, from where the rules are.
      do throws(Complaints) {
        return try Self.contents(of: list.hasPrefix("/") ? list : FilePlace.beside(path, list))
      } catch {
        throw error.all[0]
      }
    }
  }

  /// How far a placement keeps to it. Throws what could not be kept.
  func keeping(_ placement: Placement) throws(Complaints) -> Keeping {
    let keeping = Keeping(constraints, resolution, placement, room: room)
    if !keeping.broken.isEmpty { throw Complaints(keeping.broken) }
    return keeping
  }

  private static func contents(of path: String) throws(Complaints) -> [UInt8] {
    do throws(FileError) {
      return try Descriptor.contents(of: path)
    } catch {
      throw Complaints(error.complaint)
    }
  }
}
