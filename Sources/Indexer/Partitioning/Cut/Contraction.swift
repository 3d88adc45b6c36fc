/// The graph whose vertices are the clusters; ties between the same two clusters become one, ties within
/// a cluster vanish.
func contracted(_ graph: Graph, _ clusters: Clusters, team: Team) -> Graph {
  let grouping = Grouping(clusters)
  var offsets = [0]
  offsets.reserveCapacity(clusters.count + 1)
  let rows: Rows
  if graph.isShelved {
    var builder = RowsBuilder(most: graph.neighbours.count, graph.storage)
    let ends = grouping.entries(of: graph)
    var first = 0
    while first < clusters.count {
      let window = ends.window(from: first, entries: graph.storage.window)
      let source = grouping.gathered(window, of: graph, clusters, entries: ends)
      let pieces = contractedRows(source, grouping, window, graph, clusters, team: team)
      append(consume pieces, to: &builder, &offsets)
      first = window.upperBound
    }
    rows = builder.finish()
  } else {
    let pieces = contractedRows(
      RowSource(rows: graph.rows), grouping, 0..<clusters.count, graph, clusters, team: team)
    var builder = RowsBuilder(most: pieces.reduce(0) { $0 + $1.rows.count }, graph.storage)
    append(consume pieces, to: &builder, &offsets)
    rows = builder.finish()
  }
  var users = [UInt32](repeating: 0, count: clusters.count)
  for vertex in 0..<graph.count { users[Int(clusters.clusterOf[vertex])] += graph.users[vertex] }
  return Graph(
    offsets: offsets, rows, users: users, kinds: carried(graph.kinds, into: clusters),
    storage: graph.storage)
}

/// Some consecutive rows of a graph that is being made.
private struct Piece {
  let lengths: [UInt32]
  let rows: Rows
}

/// Appends pieces one after the other, and lets each go.
private func append(
  _ pieces: consuming [Piece], to rows: inout RowsBuilder, _ offsets: inout [Int]
) {
  pieces.reverse()
  while let piece = pieces.popLast() {
    for length in piece.lengths { offsets.append(offsets[offsets.count - 1] + Int(length)) }
    rows.append(0..<piece.rows.count, of: piece.rows)
  }
}

/// The rows of some consecutive clusters.
private func contractedRows(
  _ source: RowSource, _ grouping: Grouping, _ window: Range<Int>, _ graph: Graph,
  _ clusters: Clusters, team: Team
) -> [Piece] {
  team.map(window.count) { range in
    let own = window.lowerBound + range.lowerBound..<window.lowerBound + range.upperBound
    let offsets = graph.offsets.span
    let neighbours = source.rows.neighbours
    let weights = source.rows.weights
    let clusterOf = clusters.clusterOf.span
    let indices = grouping.starts[own.lowerBound]..<grouping.starts[own.upperBound]
    // Room for the worst case is only address space until it is written to; growing would copy, and leave holes.
    let most = indices.reduce(0) { $0 + graph.degree(Int(grouping.members[$1])) }
    var tally = Tally(kinds: clusters.count)
    var rows = RowsBuilder(most: most, .memory)
    var lengths: [UInt32] = []
    lengths.reserveCapacity(own.count)
    for cluster in own {
      for index in grouping.starts[cluster]..<grouping.starts[cluster + 1] {
        let vertex = Int(grouping.members[index])
        let start = source.start(ofMember: index) ?? offsets[vertex]
        let end = start + offsets[vertex + 1] - offsets[vertex]
        tally.add(start..<end, neighbours, weights, kinds: clusterOf)
      }
      let before = rows.count
      for index in 0..<tally.count {
        let (other, weight) = tally.kind(index)
        if other != UInt32(cluster) { rows.append(other, weight) }
      }
      lengths.append(UInt32(rows.count - before))
      tally.clear()
    }
    return Piece(lengths: lengths, rows: rows.finish())
  }
}

/// The rows of a graph, or of those of its vertices that are looked at.
private struct RowSource {
  let rows: Rows
  /// The first member whose row is there, and where the rows begin; empty: rows are where the graph has them.
  var first = 0
  var starts: [Int] = []

  @inline(__always)
  func start(ofMember index: Int) -> Int? { starts.isEmpty ? nil : starts[index - first] }
}

/// The vertices of each cluster, cluster after cluster: those of cluster `c` are `members[starts[c]..<starts[c + 1]]`, ascending.
private struct Grouping {
  private(set) var starts: [Int]
  private(set) var members: [UInt32]

  init(_ clusters: Clusters) {
    starts = [Int](repeating: 0, count: clusters.count + 1)
    for cluster in clusters.clusterOf { starts[Int(cluster) + 1] += 1 }
    for cluster in 0..<clusters.count { starts[cluster + 1] += starts[cluster] }
    var next = starts
    members = [UInt32](repeating: 0, count: clusters.clusterOf.count)
    for vertex in clusters.clusterOf.indices {
      let cluster = Int(clusters.clusterOf[vertex])
      members[next[cluster]] = UInt32(vertex)
      next[cluster] += 1
    }
  }

  /// As offsets: how many entries the rows of each cluster's vertices have together.
  func entries(of graph: Graph) -> [Int] {
    var ends = [0]
    ends.reserveCapacity(starts.count)
    for cluster in 0..<starts.count - 1 {
      ends.append(
        (starts[cluster]..<starts[cluster + 1]).reduce(ends[cluster]) {
          $0 + graph.degree(Int(members[$1]))
        })
    }
    return ends
  }

  /// The rows of some consecutive clusters' vertices, member after member, taken from the graph in the order of its rows.
  func gathered(
    _ window: Range<Int>, of graph: Graph, _ clusters: Clusters, entries: [Int]
  ) -> RowSource {
    let first = starts[window.lowerBound]
    let count = starts[window.upperBound] - first
    var places: [Int] = []
    places.reserveCapacity(count)
    var end = 0
    for index in first..<first + count {
      places.append(end)
      end += graph.degree(Int(members[index]))
    }
    var rows = RowsBuilder(unset: end)
    // Members of a cluster ascend: the next one met in the order of the rows is the next one there.
    var next = window.map { starts[$0] - first }
    let (neighbours, weights) = (graph.neighbours, graph.weights)
    for vertex in 0..<graph.count {
      let cluster = Int(clusters.clusterOf[vertex])
      guard window.contains(cluster) else { continue }
      var place = places[next[cluster - window.lowerBound]]
      next[cluster - window.lowerBound] += 1
      for entry in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
        rows.set(place, neighbours[entry], weights[entry])
        place += 1
      }
    }
    return RowSource(rows: rows.finish(), first: first, starts: places)
  }
}
