/// Told to the caller as the work goes on.
public enum Step: Sendable, Equatable, CustomStringConvertible {
  case findingNetworks
  case packingNetworks(count: Int)
  case coarsening(vertices: Int)
  case cuttingCoarsest(vertices: Int)
  case refining(vertices: Int)
  case dividingNode(number: Int, of: Int)
  case counting

  /// The step in words.
  public var description: String {
    switch self {
    case .findingNetworks: "finding the user networks"
    case .packingNetworks(let count): "packing \(count) networks that stay whole"
    case .coarsening(let vertices): "coarsening: \(vertices) vertices left"
    case .cuttingCoarsest(let vertices): "cutting the coarsest graph of \(vertices) vertices"
    case .refining(let vertices): "refining the cut among \(vertices) vertices"
    case .dividingNode(let number, let count): "partitions of node \(number) of \(count)"
    case .counting: "counting the ties cut"
    }
  }
}

/// Receives each step as it begins (a level of coarsening: as it ends), and about what share of the whole work is done then, from
/// 0 to 1, as far as can be told beforehand.
public typealias Progress = (_ step: Step, _ done: Double) -> Void
