/// How much work each step does, counted, never timed, so that the same seed gives the same partitions
/// on fast and slow machines. Found by measuring on social graphs of 4,000 to 1,000,000 users.
enum Effort {
  /// Rounds of label propagation while coarsening; more of them make larger clusters, not better ones.
  static let clusteringRounds = 3
  /// Clustering stops early when a round moves fewer than one vertex in so many.
  static let clusteringStopsBelow = 100
  /// A cluster holds at most this share (one in so many) of a mean partition, else the coarsest graph could not
  /// be balanced.
  static let clustersPerPartition = 16
  /// On one level a cluster grows to at most so many times the mean vertex: more levels cost more than they gain.
  static let clusterGrowth = 16
  /// Coarsening ends when a graph has at most this many vertices for each partition.
  static let coarsestPerPartition = 64
  /// Coarsening ends too when a level keeps more than this share (in per cent) of its vertices.
  static let leastShrinking = 95
  /// Greedy growings from random vertices when a smallest graph is cut in two.
  static let growings = 6
  /// Initial partitions of the coarsest graph, of which the best is taken: at most so many,
  static let initialPartitions = 4
  /// and as many as together have so many vertices: on the way back to the users a large graph makes up for a poor beginning,
  /// a small one has no way back.
  static let initialVertices = 1024
  /// Rounds of Jet without a much better cut after which a level is done.
  static let jetPatience = 5
  /// A cut is much better that is by more than one part in so many.
  static let jetStopsBelow: Int64 = 333
  /// How much of its ties a vertex may give up in a round of Jet, in quarters: much where vertices are clusters, little where
  /// they are users.
  static let tolerance: Int64 = 3
  static let finestTolerance: Int64 = 1
  /// Rounds of boundary search on each level, at most,
  static let searchRounds = 8
  /// as long as a round takes more than one part in so many off the cut.
  static let searchStopsBelow: Int64 = 500
  /// Boundary vertices that one search starts from.
  static let searchSeeds = 10
  /// Moves without a better cut after which a search gives up.
  static let searchPatience = 200
  /// Share of a partition's users by which it may be above its share while the cut is sought.
  static let headroom = 0.02
  /// Boundary searches are for levels with at most this many pairs of vertex and partition: what they find beyond Jet on larger
  /// ones is not worth their time.
  static let searchTable = 1 << 14
}
