/// What `redirect.conf`, the environment and flags say. Exists only if all of it is right; what the
/// keys mean stands with the keys (`ConfigurationKey`).
public struct Configuration: Sendable, Equatable {
  /// The hosted domains; empty: every domain is served.
  public let domains: [Domain]
  /// How names are prepared.
  public let profile: JIDProfile
  /// The chain of providers, never empty.
  public let providers: [Provider]
  /// The plug-ins of the chain, in its order.
  public let plugins: [Plugin]
  /// The pool, in the order of `redirect.to`.
  public let nodes: [Node]
  /// How clients are brought to their nodes.
  public let mode: Mode
  /// The same for the domains that have a mode of their own, on whatever listener.
  public let domainModes: [Domain: Mode]
  /// How mode `auto` decides.
  public let auto: Auto
  /// Where mode `observe` relays everybody, as an index into `nodes`.
  public let observeNode: Int?
  /// Whether a header that names its user is answered before TLS.
  public let early: Bool

  /// The map, as written; see `resolve`.
  public let mapPath: String
  /// The partitions file of provider `db`, as written.
  public let partitionsPath: String
  /// The most users in one partition.
  public let partitionSize: Int
  /// Whether the map is copied before it is used.
  public let usesPrivateCopy: Bool
  /// The partitions file of provider `roundrobin`, as written.
  public let roundrobinPath: String
  /// The rules of provider `regex`, as written.
  public let rulesPath: String
  /// The file with the key of provider `hash`, as written.
  public let hashSecretPath: String?
  /// Whether a user whose partition has no available node goes to any other node of the pool.
  public let overflows: Bool
  /// How long after the user is known the answer leaves.
  public let cover: Duration
  /// The longest time to hand a client over to its node.
  public let relayTimeout: Duration
  /// The longest time that a side of a relayed connection may not take what is sent to it.
  public let relayStuck: Duration
  /// The longest silence of a relayed connection; 0: any.
  public let relayIdle: Duration
  /// Whether clients are relayed only to nodes with a valid certificate.
  public let relayVerifies: Bool
  /// How nodes are watched.
  public let health: Health
  /// Other edges.
  public let peers: Peers

  /// In the order of the file; may be empty for a program that serves nobody.
  public let listeners: [Listener]
  /// The default certificate first, if there is one.
  public let certificates: [Certificate]
  /// The oldest version of TLS that clients may use.
  public let minimumTLS: MinimumTLS
  /// What a client may do before it has its answer.
  public let limits: Limits

  /// The number of worker threads; 0: one per usable core.
  public let workers: Int
  /// How long to go on accepting after SIGTERM.
  public let drainDelay: Duration
  /// How long conversations may go on after that.
  public let drainTimeout: Duration
  /// The time over which relayed clients are closed when the edge leaves; at most `drainTimeout` counts.
  public let drainRelay: Duration
  /// The time between two looks at the files.
  public let reloadPoll: Duration
  /// Where administrators are answered; nil: nowhere.
  public let adminAddress: HostPort?
  /// The file with their token, as written.
  public let adminTokenPath: String?
  /// The least important lines that are logged.
  public let logLevel: LogLevel
  /// The form of log lines.
  public let logFormat: LogFormat

  let places: Places

  /// Reads a configuration: flags beat environment beat the file's text beat defaults.
  ///
  /// - Parameters:
  ///   - text: the contents of the configuration file.
  ///   - file: its name, for complaints.
  ///   - environment: all of it; variables without the prefix `REDIRECT_EDGE_` are not looked at.
  ///   - flags: keys with their values; of a key given twice the last counts.
  /// - Throws: everything that is wrong, in the order of the file.
  public init(
    parsing text: String, file: String, environment: [(name: String, value: String)] = [],
    flags: [(key: String, value: String)] = []
  ) throws(Complaints) {
    var reader = ConfigurationReader(
      ConfigurationSettings(text: text, file: file, environment: environment, flags: flags))
    profile = reader.value(.profile, .word)
    domains = reader.optional(.domains, .list(of: .domain(profile))) ?? []
    (providers, plugins) = Plugin.readChain(&reader)
    nodes = Node.readAll(&reader)
    mode = reader.value(.mode, .word)
    domainModes = Mode.readDomains(&reader, profile: profile, domains: domains)
    auto = Auto(&reader)
    observeNode = Mode.readObserveNode(&reader, nodes: nodes)
    early = reader.value(.early, .truth)

    mapPath = reader.value(.map, .path)
    partitionsPath = reader.value(.partitions, .path)
    partitionSize = reader.value(.partitionSize, .number(1...Int(UInt32.max)))
    usesPrivateCopy = reader.value(.privateMap, .privateCopy)
    roundrobinPath = reader.optional(.roundrobin, .path) ?? partitionsPath
    rulesPath = reader.value(.rules, .path)
    hashSecretPath = reader.optional(.hashSecret, .path)
    overflows = reader.value(.overflow, .truth)
    cover = reader.value(.cover, .duration(.zero...(.seconds(10))))
    relayTimeout = reader.value(.relayTimeout, .duration(.milliseconds(10)...(.seconds(60))))
    relayStuck = reader.value(.relayStuck, .duration(.seconds(1)...(.seconds(3600))))
    relayIdle = reader.value(.relayIdle, .duration(.zero...(.seconds(168 * 3600))))
    relayVerifies = reader.value(.relayVerify, .truth)
    health = Health(&reader)
    peers = Peers(&reader)

    listeners = Listener.readAll(&reader, mode: mode)
    certificates = Certificate.readAll(&reader, profile: profile, domains: domains)
    minimumTLS = reader.value(.minimumTLS, .word)
    limits = Limits(&reader)

    workers = reader.value(.workers, .number(0...1024))
    drainDelay = reader.value(.drainDelay, .duration(.zero...(.seconds(3600))))
    drainRelay = reader.value(.drainRelay, .duration(.zero...(.seconds(3600))))
    drainTimeout = reader.value(.drainTimeout, .duration(.zero...(.seconds(3600))))
    reloadPoll = reader.value(.reloadPoll, .duration(.milliseconds(10)...(.seconds(86_400))))
    adminAddress = reader.optional(.adminAddress, .address)
    adminTokenPath = reader.optional(.adminToken, .path)
    logLevel = reader.value(.logLevel, .word)
    logFormat = reader.value(.logFormat, .word)

    places = Places(reader.settings)
    let complaints = reader.complaints + contradictions()
    if !complaints.isEmpty { throw Complaints(ConfigurationComplaint.sorted(complaints)) }
  }

  /// A path of the configuration, seen from the directory of the configuration file.
  public static func resolve(_ path: String, relativeTo directory: String) -> String {
    if path.hasPrefix("/") || directory.isEmpty || directory == "." { return path }
    return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
  }
}

extension Configuration {
  /// The oldest version of TLS that clients may use.
  public enum MinimumTLS: String, Sendable, CaseIterable {
    /// RFC 5246.
    case tls12 = "1.2"
    /// RFC 8446.
    case tls13 = "1.3"
  }

  /// The levels of the log, least important first.
  public enum LogLevel: String, Sendable, CaseIterable {
    /// From what only developers want to what ends the process.
    case trace, debug, info, notice, warning, error, critical
  }

  /// The form of log lines.
  public enum LogFormat: String, Sendable, CaseIterable {
    /// For people, and for programs.
    case text, json
  }

  /// Where keys were set, for complaints about what does not fit together. No part of what the
  /// configuration says: two files that say the same in other lines are equal.
  struct Places: Sendable, Equatable {
    private let settings: ConfigurationSettings

    init(_ settings: ConfigurationSettings) { self.settings = settings }

    /// The configuration file as a whole.
    var file: ConfigurationSetting.Place { settings.file }

    /// Where a key was set; the whole file if it was not.
    func place(of key: ConfigurationKey, _ part: String = "") -> ConfigurationSetting.Place {
      settings.setting(key, of: part)?.place ?? settings.file
    }

    static func == (first: Places, second: Places) -> Bool { true }
  }
}
