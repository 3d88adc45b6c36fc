import MapFile
import Partitioning
import Shared

/// The `redirect.partitions` that `generate` writes: for each partition its primary node, then its fallbacks.
struct GeneratedPartitions: GeneratedText {
  let path: String
  let placement: Placement
  let header: DatabaseHeader

  func append(to file: inout OutputFile) throws(FileError) -> Bool {
    var comments = """
      # Partitions of the pool: primary node, then fallbacks in the order in which they take over.
      # Written by rdadmin generate, generation \(header.generation)\(header.created.map { ", \($0)" } ?? ""),
      # for the \(placement.nodeOf.count) partitions of \(placement.partitionOf.count) users.

      """
    if let set = header.set { comments += "# set: \(set)\n" }
    guard try file.add({ $0 += Array(comments.utf8) }) else { return false }
    for (primary, fallbacks) in zip(placement.nodeOf, placement.fallbacks) {
      let names = ([primary] + fallbacks).map { placement.nodes[Int($0)].name }
      guard try file.add({ $0 += Array("\(names.joined(separator: ", "))\n".utf8) }) else {
        return false
      }
    }
    return true
  }
}
