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
  /// On one level a cluster grows to at most so many times the mean vertex: many small steps down mean many levels
  /// on which the cut can be bettered on the way back.
  static let clusterGrowth = 4
  /// Coarsening ends when a graph has at most this many vertices for each partition.
  static let coarsestPerPartition = 64
  /// Coarsening ends too when a level keeps more than this share (in per cent) of its vertices.
  static let leastShrinking = 95
  /// Greedy growings from random vertices when a smallest graph is cut in two.
  static let growings = 6
  /// Initial partitions of the coarsest graph, of which the best is taken: at most so many,
  static let initialPartitions = 4
  /// and as many as together have so many vertices.
  static let initialVertices = 4096
  /// Multilevel cuts in two of which the best is taken, for each cut of the coarsest graph.
  static let bisections = 2
  /// Rounds of refinement by label propagation on each level.
  static let refiningRounds = 5
  /// Rounds of boundary search on each level, at most,
  static let searchRounds = 8
  /// as long as a round takes more than one part in so many off the cut.
  static let searchStopsBelow: Int64 = 500
  /// Boundary vertices that one search starts from.
  static let searchSeeds = 10
  /// Moves without a better cut after which a search gives up.
  static let searchPatience = 20
  /// Share of a partition's users by which it may be above its share while the cut is sought.
  static let headroom = 0.02
  /// A boundary search keeps 4 bytes for each pair of vertex and partition; levels that would need more than this
  /// many pairs (256 MiB) are left to label propagation.
  static let searchTable = 1 << 26
}
