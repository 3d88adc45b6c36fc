/// Vertices by key, the greatest first: a binary heap that knows where each vertex stands.
///
/// Equal keys leave in an order that depends only on what was done to the queue before.
struct VertexQueue {
  private var heap: [(key: Int64, vertex: UInt32)] = []
  /// Place in the heap plus 1; 0 is not queued.
  private var places: [UInt32]

  /// For vertices from 0 to `vertices` - 1.
  init(vertices: Int) { places = [UInt32](repeating: 0, count: vertices) }

  var isEmpty: Bool { heap.isEmpty }

  func contains(_ vertex: Int) -> Bool { places[vertex] != 0 }

  /// The key of a queued vertex.
  func key(of vertex: Int) -> Int64 { heap[Int(places[vertex]) - 1].key }

  /// Queues `vertex`, or gives it another key.
  mutating func set(_ vertex: Int, key: Int64) {
    let place = Int(places[vertex]) - 1
    if place < 0 {
      heap.append((key, UInt32(vertex)))
      rise(from: heap.count - 1)
    } else if key > heap[place].key {
      heap[place].key = key
      rise(from: place)
    } else {
      heap[place].key = key
      sink(from: place)
    }
  }

  /// Takes out the vertex with the greatest key.
  mutating func popGreatest() -> (key: Int64, vertex: Int)? {
    guard let last = heap.popLast() else { return nil }
    guard let top = heap.first else {
      places[Int(last.vertex)] = 0
      return (last.key, Int(last.vertex))
    }
    places[Int(top.vertex)] = 0
    heap[0] = last
    places[Int(last.vertex)] = 1
    sink(from: 0)
    return (top.key, Int(top.vertex))
  }

  mutating func removeAll() {
    for entry in heap { places[Int(entry.vertex)] = 0 }
    heap.removeAll(keepingCapacity: true)
  }

  private mutating func rise(from start: Int) {
    var place = start
    let entry = heap[place]
    while place > 0 {
      let parent = (place - 1) / 2
      guard heap[parent].key < entry.key else { break }
      heap[place] = heap[parent]
      places[Int(heap[place].vertex)] = UInt32(place + 1)
      place = parent
    }
    heap[place] = entry
    places[Int(entry.vertex)] = UInt32(place + 1)
  }

  private mutating func sink(from start: Int) {
    var place = start
    let entry = heap[place]
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].key > heap[child].key { child += 1 }
      guard heap[child].key > entry.key else { break }
      heap[place] = heap[child]
      places[Int(heap[place].vertex)] = UInt32(place + 1)
      place = child
    }
    heap[place] = entry
    places[Int(entry.vertex)] = UInt32(place + 1)
  }
}
