/// How much work each step does, counted, never timed, so that the same seed gives the same partitions
/// on fast and slow machines. Found by measuring on social graphs of 4,000 to 1,000,000 users.
enum Effort {
  /// Rounds of label propagation while coarsening; the fifth still moves a few per cent of the vertices.
  static let clusteringRounds = 5
  /// Clustering stops early when a round moves fewer than one vertex in so many.
  static let clusteringStopsBelow = 100
  /// A cluster holds at most this share (one in so many) of a mean partition, else the coarsest graph could not
  /// be balanced.
  static let clustersPerPartition = 32
  /// Coarsening ends when a graph has at most this many vertices for each partition.
  static let coarsestPerPartition = 64
  /// Coarsening ends too when a level keeps more than this share (in per cent) of its vertices.
  static let leastShrinking = 95
  /// Greedy growings from random vertices when a smallest graph is cut in two.
  static let growings = 12
  /// Rounds of refinement by label propagation on each level.
  static let refiningRounds = 5
  /// Rounds of boundary search on each level.
  static let searchRounds = 3
  /// Boundary vertices that one search starts from.
  static let searchSeeds = 10
  /// Moves without a better cut after which a search gives up.
  static let searchPatience = 60
  /// A boundary search keeps 4 bytes for each pair of vertex and partition; levels that would need more than this
  /// many pairs (256 MiB) are left to label propagation.
  static let searchTable = 1 << 26
}
