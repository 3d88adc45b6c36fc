/// How many ties lead from where to where: between all partitions, or, where they are too many for a picture, between nodes
/// or runs of partitions.
public struct TieGrid: Sendable, Equatable {
  /// What a row, and a column, stands for.
  public enum Kind: Sendable, Equatable {
    /// One partition each.
    case partitions
    /// One node each.
    case nodes
    /// So many partitions each, by their numbers.
    case runs(of: Int)
  }

  /// More rows than this nobody can tell apart.
  public static let most = 64

  /// What rows and columns stand for.
  public let kind: Kind
  /// Number of rows, and of columns.
  public let count: Int
  private let cells: [Int]

  init(_ grouping: Grouping, cells: [Int]) {
    kind = grouping.kind
    count = grouping.count
    self.cells = cells
  }

  /// Ties between two rows, in either order; on the diagonal those inside.
  public subscript(row: Int, column: Int) -> Int {
    cells[min(row, column) * count + max(row, column)]
  }

  /// The partitions of each row.
  struct Grouping: Equatable {
    let kind: Kind
    let count: Int
    /// The row of each partition.
    let groupOf: [UInt32]

    init(_ placement: Placement) {
      let partitions = placement.nodeOf.count
      if partitions <= TieGrid.most {
        kind = .partitions
        count = partitions
        groupOf = (0..<partitions).map { UInt32($0) }
      } else if placement.nodes.count <= TieGrid.most {
        kind = .nodes
        count = placement.nodes.count
        groupOf = placement.nodeOf
      } else {
        let length = (partitions + TieGrid.most - 1) / TieGrid.most
        kind = .runs(of: length)
        count = (partitions + length - 1) / length
        groupOf = (0..<partitions).map { UInt32($0 / length) }
      }
    }
  }
}
