/// Label propagation among partitions: in random order each vertex moves to the partition that most of its ties lead to,
/// if there is room. Later rounds look only at vertices whose neighbours moved.
func propagate(
  _ graph: Graph, _ division: inout Division, capacities: [Int], generator: inout Generator
) {
  var active = [Bool](repeating: true, count: graph.count)
  var order = (0..<UInt32(graph.count)).map { $0 }
  generator.shuffle(&order)
  for _ in 0..<Effort.refiningRounds {
    let moved = propagateOnce(
      graph, &division.partitionOf, &division.loads, &active, order: order,
      capacities: capacities, generator: &generator)
    if moved == 0 { break }
  }
}

private func propagateOnce(
  _ graph: Graph, _ partitionOf: inout [UInt32], _ loads: inout [Int], _ active: inout [Bool],
  order: [UInt32], capacities: [Int], generator: inout Generator
) -> Int {
  let offsets = graph.offsets.span
  let neighbours = graph.neighbours.span
  let weights = graph.weights.span
  var tally = Tally(kinds: capacities.count, most: capacities.count)
  var partitionOf = partitionOf.mutableSpan
  var active = active.mutableSpan
  var moved = 0
  for vertex in order where active[Int(vertex)] {
    let vertex = Int(vertex)
    active[vertex] = false
    let own = partitionOf[vertex]
    let users = Int(graph.users[vertex])
    for place in offsets[vertex]..<offsets[vertex + 1] {
      tally.add(weights[place], to: partitionOf[Int(neighbours[place])])
    }
    var best = own
    var bestWeight = tally[own]
    for index in 0..<tally.count {
      let (partition, weight) = tally.kind(index)
      guard partition != own, weight >= bestWeight,
        loads[Int(partition)] + users <= capacities[Int(partition)]
      else { continue }
      // Equally good places: the emptier one, which leaves room for others.
      if weight > bestWeight || loads[Int(partition)] + users < loads[Int(best)] {
        best = partition
        bestWeight = weight
      }
    }
    tally.clear()
    guard best != own, loads[Int(own)] > users else { continue }
    partitionOf[vertex] = best
    loads[Int(own)] -= users
    loads[Int(best)] += users
    moved += 1
    for place in offsets[vertex]..<offsets[vertex + 1] { active[Int(neighbours[place])] = true }
  }
  return moved
}
