import Glibc
import Partitioning

// Cut GRAPH PARTS IMBALANCE SEED EFFORT THREADS OUTPUT
//
// Cuts a graph as `rdadmin generate` does, but for reading and writing. GRAPH is binary: the number of users and of entries
// (twice the ties), then the users' offsets, each of 64 bits, then the neighbours, of 32. OUTPUT gets the part of each user, of
// 32 bits, from 0. Prints the processor seconds from the graph in memory to the parts, of all threads and of the system for them,
// the seconds on the clock, and the most memory beyond the graph, in bytes.

let arguments = CommandLine.arguments
guard arguments.count == 8, let parts = Int(arguments[2]), let imbalance = Double(arguments[3]),
  let seed = UInt64(arguments[4]),
  let effort = Effort.all.first(where: { $0.name == arguments[5] }),
  let threads = Int(arguments[6])
else {
  fatalError("expected GRAPH PARTS IMBALANCE SEED EFFORT THREADS OUTPUT")
}

let graph = readGraph(arguments[1])
let limits = try Limits(
  users: graph.count, partitions: parts, partitionSize: Int(UInt32.max), imbalance: imbalance)

forgetPeak()
let before = residentMemory("VmRSS:")
let cpu = processorSeconds()
let begun = ContinuousClock.now
let found = Partitioner.run(
  graph, limits: limits, seed: seed, effort: effort, team: ThreadTeam.team(of: threads))
let wall = ContinuousClock.now - begun
let spent = processorSeconds() - cpu
let memory = residentMemory("VmHWM:") - before

write(found.partitionOf, to: arguments[7])
print(spent, Double(wall.components.seconds) + Double(wall.components.attoseconds) / 1e18, memory)

/// The graph of a file; ties weigh 1.
func readGraph(_ path: String) -> Graph {
  guard let file = fopen(path, "r") else { fatalError("\(path) cannot be opened") }
  defer { fclose(file) }
  func numbers<Number: FixedWidthInteger>(_ count: Int, _: Number.Type) -> [Number] {
    [Number](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = fread(buffer.baseAddress, MemoryLayout<Number>.size, count, file)
      precondition(filled == count, "\(path) is too short")
    }
  }
  let head = numbers(2, UInt64.self)
  let offsets = numbers(Int(head[0]) + 1, UInt64.self)
  let neighbours = numbers(Int(head[1]), UInt32.self)
  return Graph(users: Int(head[0])) { tell in
    for user in 0..<Int(head[0]) {
      for place in Int(offsets[user])..<Int(offsets[user + 1]) where neighbours[place] > user {
        tell(UInt32(user), neighbours[place], 1)
      }
    }
  }
}

func write(_ parts: [UInt32], to path: String) {
  guard let file = fopen(path, "w"),
    parts.withUnsafeBytes({ fwrite($0.baseAddress, 1, $0.count, file) }) == 4 * parts.count,
    fclose(file) == 0
  else { fatalError("\(path) cannot be written") }
}

func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Lets the peak of memory begin anew (proc(5), clear_refs).
func forgetPeak() {
  guard let file = fopen("/proc/self/clear_refs", "w") else { return }
  fputs("5", file)
  fclose(file)
}

/// A line of /proc/self/status, in bytes.
func residentMemory(_ name: String) -> Int {
  guard let file = fopen("/proc/self/status", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  while fgets(&line, 256, file) != nil {
    let text = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let words = text.split { $0 == " " || $0 == "\t" }
    if words.count > 1, words[0] == name { return (Int(words[1]) ?? 0) * 1024 }
  }
  return 0
}
