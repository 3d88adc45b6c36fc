/// The number of a partition, 1-based, as in the lines of `redirect.partitions`.
public typealias Partition = UInt32
