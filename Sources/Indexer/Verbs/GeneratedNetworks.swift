import MapFile
import Partitioning
import Rosters

/// The original's tables: the network of each user, and the partitions of each network.
struct GeneratedNetworks: GeneratedText {
  let path: String
  let users: UserNames
  let networks: Networks
  let placement: Placement

  /// Both tables, one below the other.
  func append(to file: inout OutputFile) throws(FileError) -> Bool {
    guard try file.add({ $0 += Array("# table: user, network\n".utf8) }) else { return false }
    for user in users.indices {
      let goesOn = try file.add { block in
        users.withBytes(of: user) { name in
          for place in name.indices { block.append(name[place]) }
        }
        block += Array("\t\(networks.networkOf[user] + 1)\n".utf8)
      }
      if !goesOn { return false }
    }
    guard try file.add({ $0 += Array("# table: network, partition, users\n".utf8) }) else {
      return false
    }
    return try appendPartitions(to: &file)
  }

  /// A line for each partition that a network has users in, by network, then by partition.
  private func appendPartitions(to file: inout OutputFile) throws(FileError) -> Bool {
    // The partitions of the users, network after network.
    var starts = [Int](repeating: 0, count: networks.count + 1)
    for network in networks.networkOf { starts[Int(network) + 1] += 1 }
    for network in 0..<networks.count { starts[network + 1] += starts[network] }
    var next = starts
    var partitions = [UInt32](repeating: 0, count: users.count)
    for (user, network) in networks.networkOf.enumerated() {
      partitions[next[Int(network)]] = placement.partitionOf[user]
      next[Int(network)] += 1
    }
    for network in 0..<networks.count {
      partitions[starts[network]..<starts[network + 1]].sort()
      var first = starts[network]
      while first < starts[network + 1] {
        var end = first
        while end < starts[network + 1], partitions[end] == partitions[first] { end += 1 }
        let line = "\(network + 1)\t\(partitions[first] + 1)\t\(end - first)\n"
        guard try file.add({ $0 += Array(line.utf8) }) else { return false }
        first = end
      }
    }
    return true
  }
}
