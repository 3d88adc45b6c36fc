import ArgumentParser
import Glibc
import Logging
import ServiceLifecycle
import Shared
import UnixSignals

/// `redirect-edge`: stands where clients connect, and sends everyone home.
@main
struct RedirectEdge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redirect-edge",
    abstract: "Sends XMPP clients to their nodes.",
    discussion: """
      Finds out who is connecting, looks the user up in the map, and answers with the stream error \
      <see-other-host/> that names the user's node.

      The map, the partitions file, the rules, the configuration and the certificates are read again \
      when they change, and at SIGHUP; a bad new file changes nothing but the log. SIGTERM drains \
      and ends.

      Settings: flags beat environment variables (REDIRECT_EDGE_ and the key in capitals, dots as \
      underscores) beat the file beat defaults. All keys: docs/configuration.md.

      Example: redirect-edge -c /etc/redirect-edge/redirect.conf --set log.format=json

      Exit codes: 0 stopped when told to, or --check found nothing; 1 --check found something; \
      64 wrong usage; 71 the system refused a resource (an address in use, for example); 78 \
      configuration, map or certificates cannot be served.
      """,
    version: Version.text)

  @Option(name: [.customShort("c"), .customLong("config")], help: "The configuration file.")
  var config: String

  @Flag(
    help: """
      Check configuration, map, partitions, rules and certificates, say what is wrong, and end. \
      Lines that begin with warning: do not count.
      """)
  var check = false

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A setting that beats file and environment; may be repeated.", valueName: "key=value"))
  var settings: [String] = []

  mutating func validate() throws {
    for setting in settings where !setting.contains("=") {
      throw ValidationError("--set \(setting): expected key=value")
    }
  }

  func run() async throws {
    StandardStreams.fill()
    // A client that is gone is an error of `send`.
    signal(SIGPIPE, SIG_IGN)
    EarlySignals.watchHangup()
    let invocation = Invocation(
      path: config, flags: settings.map(Self.split), environment: Environment.variables())
    let source: SnapshotSource
    do {
      source = try SnapshotSource(invocation)
    } catch {
      Complain.about(error.lines)
      throw ExitCode(check ? 1 : 78)
    }
    if check {
      let configuration = source.snapshot.configuration
      for doubt in configuration.disclosures() + configuration.silences() {
        print("warning: \(doubt)")
      }
      return print("\(config): good")
    }
    // Not kept here: the first map is let go like any other when a new one is served.
    try await serve(consume source)
  }

  private func serve(_ source: consuming SnapshotSource) async throws {
    let configuration = source.snapshot.configuration
    let log = EdgeLog(
      level: Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info,
      isJSON: configuration.logFormat == .json, key: (Seed.random(), Seed.random()))
    LoggingSystem.bootstrap { EdgeLogHandler(label: $0, log: log) }
    let edge: Edge
    var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
    do {
      let token = source.snapshot.adminToken
      edge = try Edge(consume source, log: log)
      if let address = configuration.adminAddress {
        let admin = try await AdminService(edge: edge, address: address, token: token, log: log)
        services.append(.init(service: admin))
      }
      EarlySignals.watchEnd()
      try await edge.start()
    } catch {
      Complain.about(["\(error)"])
      throw ExitCode(71)
    }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services + [
          .init(service: OffersService(edge: edge)),
          .init(service: ReloadService(edge: edge, interval: configuration.reloadPoll)),
          .init(service: EdgeService(edge: edge)),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: Logger(label: "redirect-edge")))
    try await group.run()
  }

  private static func split(_ setting: String) -> (key: String, value: String) {
    let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), String(parts[1]))
  }
}

/// What cannot go to the log, because there is none yet.
enum Complain {
  static func about(_ lines: [String]) {
    for line in lines {
      var line = "redirect-edge: \(line)\n"
      line.withUTF8 { bytes in
        _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
      }
    }
  }
}

/// Descriptors 0, 1 and 2.
enum StandardStreams {
  /// Opens those that whoever started us has closed, so that no socket or file of ours gets their numbers, and log
  /// lines. (The runtime may have taken some for itself before; nothing can be written to what it keeps there.)
  static func fill() {
    while true {
      let descriptor = unsafe open("/dev/null", O_RDWR)
      guard descriptor >= 0, descriptor <= STDERR_FILENO else {
        close(descriptor)
        return
      }
    }
  }
}

/// The process's environment.
enum Environment {
  static func variables() -> [(name: String, value: String)] {
    var variables: [(name: String, value: String)] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      let text = unsafe String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        variables.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
      }
      unsafe next += 1
    }
    return variables
  }
}
