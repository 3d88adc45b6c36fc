import Partitioning
import Rosters
import Shared

/// The `redirect.db` of the generation before: where each user of this one was.
struct PreviousDatabase {
  let path: String
  private let found: PreviousReader.Found

  /// Reads what it says of `users`, who are named under `profile`.
  init(_ path: String, users: UserNames, profile: JIDProfile) throws(Complaints) {
    self.path = path
    let source = try ByteSource.opened(path)
    var reader = PreviousReader(file: source.name, users: users)
    try source.readAll { (block) throws(Complaints) in try reader.read(block) }
    found = try reader.finish()
    guard found.header.profile == profile else {
      throw Complaints(
        Complaint(
          place: path,
          message:
            "its users are named under the profile \(found.header.profile.rawValue); expected "
            + "\(profile.rawValue), as the rosters are read"))
    }
  }

  /// Number of partitions.
  var partitions: Int { Int(found.header.partitions) }

  /// The node of each partition by its place in `nodes`; nil where that node is no more.
  func primaries(among nodes: [String]) throws(Complaints) -> [UInt32?] {
    guard let primaries = found.header.primaries, primaries.count == partitions else {
      throw Complaints(
        Complaint(
          place: path,
          message:
            "the header does not name the primary node of each of its \(partitions) partitions; "
            + "expected a redirect.db that was made for nodes"))
    }
    var numbers: [String: UInt32] = [:]
    for (number, node) in nodes.enumerated() { numbers[node] = UInt32(number) }
    return primaries.map { numbers[$0] }
  }

  /// Where the users were.
  ///
  /// - Parameters:
  ///   - nodes: names of the nodes; empty: each partition stands for one.
  ///   - partitions: how many partitions stand. Who was in one beyond them, or in one without a node, has lost it.
  ///   - mostMoved: the share of users who may move.
  func previous(among nodes: [String], partitions: Int, mostMoved: Double) throws(Complaints)
    -> Previous
  {
    let primaries: [UInt32?] =
      nodes.isEmpty
      ? (0..<self.partitions).map { $0 < partitions ? UInt32($0) : nil }
      : try primaries(among: nodes)
    let known = Set(primaries.compactMap(\.self))
    let count = nodes.isEmpty ? partitions : nodes.count
    return Previous(
      partitionOf: found.partitionOf.map { partition in
        let isThere =
          partition > 0 && Int(partition) <= partitions && primaries[Int(partition) - 1] != nil
        return isThere ? partition - 1 : Previous.none
      },
      nodeOf: found.partitionOf.map { partition in
        partition == 0 ? Previous.none : primaries[Int(partition) - 1] ?? Previous.gone
      },
      departed: found.departed, mostMoved: mostMoved,
      newNodes: (0..<count).filter { !known.contains(UInt32($0)) })
  }
}
