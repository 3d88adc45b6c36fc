public import Shared

/// What a plug-in says of a user, once it has been checked.
public enum PluginAnswer: Equatable, Sendable {
  /// It does not know him, or it is at fault: the next provider is asked.
  case unknown
  /// His partition, 1 or more.
  case partition(Partition)
  /// His node, by its index in the pool.
  case node(Int)
}
