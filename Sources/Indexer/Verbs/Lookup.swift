import ArgumentParser
import MapFile
import Shared

/// `rdadmin lookup`
struct Lookup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells the partition of users, and their nodes.",
    usage: """
      rdadmin lookup [<options>] <map> <user> ...
      rdadmin lookup [<options>] --edge <host:port> <user> ...
      """,
    discussion: """
      One line a user: user and partition, separated by a tab; with -c, or --partitions and \
      --nodes, also the partition's nodes in order of preference, each after a tab. The user is \
      written as the map knows it. An unknown user has - for its partition. Exit code 1 if any is \
      unknown or is no JID. Only the map is asked: of plug-ins that a redirect.conf puts before it a \
      line on standard error tells.

      With --edge a running edge is asked by the peer protocol, and the nodes are those that it \
      would tell another edge. The digest of its map goes to standard error. Proof of who asks: \
      --certificate, --key and --ca, or --secret, or what the redirect.conf of -c says.

      Example:
        rdadmin lookup redirect.mdb alice@example.com bob@example.com
        rdadmin lookup -c redirect.conf redirect.mdb alice@example.com
        cut -f1 accounts.tsv | rdadmin lookup redirect.mdb -
        rdadmin lookup -c redirect.conf --edge edge1.example:5280 alice@example.com
      """)

  @Argument(
    help: ArgumentHelp(
      "The map (not with --edge), then users; - reads users from standard input, one a line.",
      valueName: "map-and-users"))
  var names: [String]

  @OptionGroup var edge: EdgeOptions

  @Option(name: .shortAndLong, help: "A redirect.conf, which names the partitions file and nodes.")
  var config: String?

  @Option(help: "A partitions file, without a redirect.conf.")
  var partitions: String?

  @Option(help: "The nodes that the partitions file names, separated by commas.")
  var nodes: String?

  func validate() throws {
    if (partitions == nil) != (nodes == nil) {
      throw ValidationError("--partitions and --nodes belong together")
    }
    if config != nil && partitions != nil {
      throw ValidationError("-c names the partitions file; expected no --partitions beside it")
    }
    if edge.edge != nil && partitions != nil {
      throw ValidationError("an edge knows its nodes; expected no --partitions beside --edge")
    }
    if edge.edge == nil && names.count < 2 {
      throw ValidationError("expected a map and users")
    }
  }

  func run() throws {
    if let address = try edge.address() {
      try ask(address)
    } else {
      try look(in: names[0], for: names.dropFirst())
    }
  }

  private func ask(_ address: HostPort) throws {
    var lookup = try EdgeLookup(address, try edge.identity(try configuration()))
    try lookup.look(up: names.lazy.filter { $0 != "-" })
    if names.contains("-") { try lookup.look(up: sequence(state: ()) { _ in readLine() }) }
    if !lookup.allKnown { throw ExitStatus.negative }
  }

  private func configuration() throws -> ConfigurationFile? {
    guard let config else { return nil }
    try ReadingOptions.requireReadable(config)
    do throws(Complaints) {
      return try ConfigurationFile(config)
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }

  private func look(in path: String, for users: ArraySlice<String>) throws {
    let nodes = try nodesOfPartitions()
    let map = try OpenMap.open(path)
    let reader = try OpenMap.reader(of: map)
    nodes?.note(whereItDiffersFrom: map)
    var allKnown = true
    func look(up name: String) throws {
      let line = Self.line(for: name, map.header.profile, reader, nodes)
      if let line { try Output.say(line.text) }
      if line?.isKnown != true { allKnown = false }
    }
    for argument in users where argument != "-" { try look(up: argument) }
    if users.contains("-") {
      while let name = readLine() { try look(up: name) }
    }
    if !allKnown { throw ExitStatus.negative }
  }

  private func nodesOfPartitions() throws -> NodesOfPartitions? {
    for path in [config, partitions].compactMap(\.self) { try ReadingOptions.requireReadable(path) }
    do throws(Complaints) {
      if let config {
        let file = try ConfigurationFile(config)
        Self.notePlugins(file)
        return try NodesOfPartitions(file)
      }
      guard let partitions, let nodes else { return nil }
      let names = nodes.split(separator: ",").map { String($0.drop { $0 == " " }) }
      return NodesOfPartitions(
        table: try PartitionTable(reading: partitions, nodes: names), names: names,
        order: WeightedOrder(weights: names.map { _ in 1 }))
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }

  /// An edge would ask these first.
  private static func notePlugins(_ file: ConfigurationFile) {
    let providers = file.configuration.providers
    for provider in providers.prefix(while: { $0 != .db }) where provider.isPlugin {
      Output.note(
        "\(file.path): plug-in `\(file.configuration.name(of: provider))` goes before the map; it is "
          + "not asked here, so an edge may answer otherwise")
    }
  }

  /// The line of a user; nil, and a complaint, if it is no JID.
  private static func line(
    for name: String, _ profile: JIDProfile, _ reader: MapReader, _ nodes: NodesOfPartitions?
  ) -> (text: String, isKnown: Bool)? {
    let user: User
    do {
      user = try User(name, profile: profile)
    } catch {
      Output.note("`\(name)`: \(error)")
      return nil
    }
    guard let partition = reader.partition(of: user.bytes.span) else {
      return ("\(user)\t-", false)
    }
    let fields = ["\(user)", "\(partition)"] + (nodes?.names(of: partition) ?? [])
    return (fields.joined(separator: "\t"), true)
  }
}

/// Which nodes serve a partition, by name.
private struct NodesOfPartitions {
  let table: PartitionTable
  let names: [String]
  let order: WeightedOrder
  /// Nodes whose configured state is `drain`: no edge sends anybody there.
  var draining: Set<Int> = []
  /// The profile that an edge would want of the map; nil: not known.
  var profile: JIDProfile?

  /// Those that take clients first, each in the order of the line.
  func names(of partition: Partition) -> [String] {
    let nodes = table.nodes(of: partition, order: order)
    return (nodes.filter { !draining.contains($0) } + nodes.filter(draining.contains))
      .map { names[$0] }
  }

  /// An edge would not use the two together.
  func note(whereItDiffersFrom map: Map) {
    if let profile, profile != map.header.profile {
      Output.note(
        "\(map.path): the map is of profile \(map.header.profile.rawValue), the configuration of "
          + "\(profile.rawValue); an edge would refuse it")
    }
    if let set = table.set, let mapSet = map.header.set, set != mapSet {
      Output.note(
        "\(map.path): the map is of set \(mapSet), the partitions file of \(set); an edge would not "
          + "use them together")
    }
  }
}

extension NodesOfPartitions {
  init(_ file: ConfigurationFile) throws(Complaints) {
    table = try file.partitionTable(file.resolve(file.configuration.partitionsPath))
    names = file.configuration.nodes.map(\.name)
    order = file.order
    let nodes = file.configuration.nodes
    draining = Set(nodes.indices.filter { nodes[$0].state == .drain })
    profile = file.configuration.profile
  }
}
