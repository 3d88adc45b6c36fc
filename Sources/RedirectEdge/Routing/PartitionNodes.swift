public import Shared

extension RoutingTable {
  /// The names of the nodes of a partition of provider `db`, in order of preference; empty where the chain has no `db`.
  /// Available or not: whoever asks knows better what he can reach.
  public func names(of partition: Partition) -> [String] {
    guard let partitions else { return [] }
    return partitions.nodes(of: partition, order: order).map { pool.nodes[$0].name }
  }
}
