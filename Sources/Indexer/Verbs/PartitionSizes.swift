import MapFile
import Shared

/// How many users each partition of a map has.
struct PartitionSizes {
  /// Partitions without users are not in it: there may be very many.
  private(set) var users: [Partition: UInt64] = [:]
  private let partitions: Partition

  /// Counts all users.
  init(_ reader: MapReader) {
    partitions = reader.map.partitions
    reader.forEachUser { _, partition in users[partition, default: 0] += 1 }
  }

  var most: UInt64 { users.values.max() ?? 0 }

  var fewest: UInt64 { users.count < partitions ? 0 : users.values.min() ?? 0 }
}
