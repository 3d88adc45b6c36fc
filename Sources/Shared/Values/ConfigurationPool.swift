extension Configuration {
  /// How the edge finds out which nodes can serve. What the values mean stands with the keys.
  public struct Health: Sendable, Equatable {
    /// The time between two probes of a node that is up; 0: nodes are not probed.
    public let steady: Duration
    /// Between two probes of a node whose state is in doubt.
    public let changing: Duration
    /// Between two probes of a node that is down.
    public let down: Duration
    /// The bound of a probe up to the stream header.
    public let timeout: Duration
    /// Failures in a row that take a node down.
    public let fall: Int
    /// Successes in a row that bring it back.
    public let rise: Int
    /// The time in which each domain of a node has a full probe; 0: there are none.
    public let full: Duration
    /// How long a node's users take to come back.
    public let comeback: Duration
    /// Whether a certificate that is not valid is a failure.
    public let verifies: Bool
    /// PEM file of authorities, as written; nil: the system's.
    public let trustPath: String?
    /// How soon a client's return is evidence against its node; 0: never.
    public let retryWindow: Duration

    /// Whether nodes are probed at all.
    public var isWatched: Bool { steady > .zero }

    init(_ reader: inout ConfigurationReader) {
      let long = Duration.seconds(86_400)
      let short = Duration.milliseconds(10)
      steady = reader.value(.pollFrequency, .zeroOrMinutes(short...long))
      changing = reader.value(.probeChanging, .duration(short...long))
      down = reader.value(.probeDown, .duration(short...long))
      timeout = reader.value(.probeTimeout, .duration(short...(.seconds(60))))
      fall = reader.value(.probeFall, .number(1...100))
      rise = reader.value(.probeRise, .number(1...100))
      full = reader.value(.probeFull, .duration(.zero...long))
      comeback = reader.value(.probeReturn, .duration(.zero...long))
      verifies = reader.value(.probeVerify, .truth)
      trustPath = reader.optional(.trust, .path)
      retryWindow = reader.value(.retryWindow, .duration(.zero...(.seconds(3600))))
    }
  }

  /// Other edges, and how they are asked.
  public struct Peers: Sendable, Equatable {
    /// How edges know each other.
    public enum Proof: Sendable, Equatable {
      /// TLS with certificates of a private authority: PEM files, as written.
      case certificates(chain: String, key: String, authority: String)
      /// A file with a shared secret, as written; no TLS.
      case secret(String)
    }

    /// Whether edges know each other by a secret.
    public var usesSecret: Bool {
      if case .secret = proof { true } else { false }
    }

    /// Where other edges are; each may be a name with many addresses.
    public let addresses: [HostPort]
    /// Where this edge answers; nil: nowhere.
    public let listen: HostPort?
    /// nil: there are no peers.
    public let proof: Proof?
    /// The bound for all peers together.
    public let budget: Duration
    /// Users that peers are asked about at once.
    public let inFlight: Int
    /// Queries a second to all peers.
    public let rate: Int
    /// The time between two resolutions of the peers' names.
    public let resolve: Duration
    /// Users of the negative cache; 0: there is none.
    public let cache: Int
    /// How long they stay there.
    public let cacheTime: Duration

    init(_ reader: inout ConfigurationReader) {
      addresses = reader.optional(.peers, .list(of: .hostWithPort)) ?? []
      listen = reader.optional(.peersListen, .address)
      proof = Self.proof(&reader, isNeeded: !addresses.isEmpty || listen != nil)
      budget = reader.value(.peersBudget, .duration(.milliseconds(10)...(.seconds(5))))
      inFlight = reader.value(.peersInFlight, .number(1...65536))
      rate = reader.value(.peersRate, .number(1...10_000_000))
      resolve = reader.value(.peersResolve, .duration(.milliseconds(100)...(.seconds(86_400))))
      cache = reader.value(.peersCache, .number(0...16_777_216))
      cacheTime = reader.value(.peersCacheTime, .duration(.zero...(.seconds(86_400))))
    }

    /// Either all three files, or the secret.
    private static func proof(_ reader: inout ConfigurationReader, isNeeded: Bool) -> Proof? {
      let files = [ConfigurationKey.peersCertificate, .peersKey, .peersCA]
      let given = files.map { reader.optional($0, .path) }
      let secret = reader.optional(.peersSecret, .path)
      let first = files.compactMap { reader.settings.setting($0)?.place }.min()
      switch (given[0], given[1], given[2], secret) {
      case (let chain?, let key?, let authority?, nil):
        return .certificates(chain: chain, key: key, authority: authority)
      case (nil, nil, nil, let secret?):
        return .secret(secret)
      case (nil, nil, nil, nil):
        guard isNeeded else { return nil }
        let place =
          reader.settings.setting(.peers)?.place ?? reader.settings.setting(.peersListen)?.place
        reader.complain(
          place ?? reader.settings.file,
          "peers without a proof of who they are; expected `redirect.peers.certificate`, `.key` and "
            + "`.ca`, or `redirect.peers.secret`")
      case (_, _, _, _?):
        reader.complain(
          first ?? reader.settings.file,
          "certificates and a secret for peers; expected one of the two")
      case (_, _, _, nil):
        let missing = zip(files, given).filter { $1 == nil }.map { "`\($0.0.name)`" }
        reader.complain(
          first ?? reader.settings.file,
          "peers' certificates are incomplete; expected \(missing.joined(separator: " and ")) too")
      }
      return nil
    }
  }
}
