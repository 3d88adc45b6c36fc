/// How much work a cut may be, counted, never timed, so that the same seed gives the same partitions on fast and slow machines
/// and with any number of threads. Found by measuring on social graphs of 4,000 to 1,000,000 users.
public struct Effort: Sendable, Equatable {
  /// As it is asked for.
  public let name: String

  /// Rounds of label propagation while coarsening; more of them make larger clusters, not better ones.
  var clusteringRounds = 3
  /// On one level a cluster grows to at most so many times the mean vertex: more levels cost more than they gain.
  var clusterGrowth = 16
  /// Greedy growings from random vertices when a smallest graph is cut in two.
  var growings = 6
  /// Each of them is refined by Jet too, not by boundary search alone.
  var growingsAreRefined = true
  /// Initial partitions of the coarsest graph, of which the best is taken: at most so many,
  var initialPartitions = 16
  /// and as many as together have so many vertices: on the way back to the users a large graph makes up for a poor beginning,
  /// a small one has no way back.
  var initialVertices = 2048
  /// Rounds of Jet without a much better cut after which a level is done.
  var jetPatience = 5
  /// Rounds of boundary search on each level, at most.
  var searchRounds = 8
  /// Independent cuts of the whole, which are then combined.
  var runs = 1

  /// Clustering stops early when a round moves fewer than one vertex in so many.
  var clusteringStopsBelow = 100
  /// A round of clustering lets parts of the vertices choose one after the other: those of one part do not see each other's
  /// choice, so that they can choose at once. So many vertices are a part, where that makes neither fewer parts nor more.
  var clusteringPart = 1 << 11
  var clusteringParts = 16...64
  /// In graphs of more vertices than this, blocks of so many consecutive vertices choose one after the other.
  var clusteringInBlocksAbove = 1 << 22
  var clusteringBlock = 1 << 16
  /// A cluster holds at most this share (one in so many) of a mean partition, else the coarsest graph could not
  /// be balanced.
  var clustersPerPartition = 16
  /// Coarsening ends when a graph has at most this many vertices for each partition.
  var coarsestPerPartition = 64
  /// Coarsening ends too when a level keeps more than this share (in per cent) of its vertices.
  var leastShrinking = 95
  /// A cut is much better that is by more than one part in so many.
  var jetStopsBelow: Int64 = 333
  /// How much of its ties a vertex may give up in a round of Jet, in quarters: much where vertices are clusters, little where
  /// they are users.
  var tolerance: Int64 = 3
  var finestTolerance: Int64 = 1
  /// Boundary search goes on as long as a round takes more than one part in so many off the cut.
  var searchStopsBelow: Int64 = 500
  /// Boundary vertices that one search starts from.
  var searchSeeds = 10
  /// Moves without a better cut after which a search gives up.
  var searchPatience = 200
  /// Share of a partition's users by which it may be above its share while the cut is sought.
  var headroom = 0.02
  /// Boundary searches are for levels with at most this many pairs of vertex and partition: what they find beyond Jet on larger
  /// ones is not worth their time.
  var searchTable = 1 << 14

  private init(_ name: String) { self.name = name }

  /// What most will want.
  public static let `default` = Effort("default")

  /// The least work that is worth having.
  public static let fast: Effort = {
    var effort = Effort("fast")
    effort.clusteringRounds = 2
    effort.growings = 3
    effort.initialVertices = 1024
    effort.jetPatience = 2
    effort.searchRounds = 2
    return effort
  }()

  /// Several times the work, for the last per cent.
  public static let best: Effort = {
    var effort = Effort("best")
    effort.runs = 4
    return effort
  }()

  /// All of them, least work first.
  public static let all = [fast, `default`, best]
}
