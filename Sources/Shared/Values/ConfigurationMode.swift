extension Configuration {
  /// How clients are brought to their nodes.
  public enum Mode: String, Sendable, CaseIterable {
    /// By `<see-other-host/>`.
    case redirect
    /// By passing their bytes on.
    case relay
    /// By one or the other, as each client can.
    case auto
    /// All to one node by passing their bytes on; what `auto` would have done is noted.
    case observe

    /// Whether bytes of a client may be passed on.
    public var mayRelay: Bool { self != .redirect }
  }

  /// Whether any client may be relayed.
  public var mayRelay: Bool {
    (listeners.map(\.mode) + domainModes.values).contains(where: \.mayRelay)
  }

  /// Whether edges have something to tell each other of clients: what a client has done at one of them counts at all.
  public var tellsOfClients: Bool {
    peers.proof != nil && (listeners.map(\.mode) + domainModes.values).contains(.auto)
  }

  /// Why edges cannot tell each other of clients although they would. Empty: they can, or have nothing to tell.
  public func silences() -> [Complaint] {
    guard tellsOfClients, !peers.usesSecret, hashSecretPath == nil else { return [] }
    let complaint = ConfigurationComplaint(
      places.place(of: .hashSecret),
      "edges share no secret, so they cannot tell each other which clients do not follow, and each may turn "
        + "such a client away once; expected `redirect.hash.secret = FILE`, the same on all edges")
    return ConfigurationComplaint.sorted([complaint])
  }

  /// How mode `auto` decides. What the values mean stands with the keys.
  public struct Auto: Sendable, Equatable {
    /// What a client gets of which nothing is known.
    public enum First: String, Sendable, CaseIterable { case relay, redirect }

    /// What a client gets of which nothing is known.
    public let first: First
    /// How soon after a redirect a client's return says that it does not follow.
    public let window: Duration
    /// How long that is believed.
    public let forget: Duration
    /// Clients remembered.
    public let memory: Int
    /// A file of clients that follow, as written.
    public let followersPath: String?

    init(_ reader: inout ConfigurationReader) {
      first = reader.value(.autoFirst, .word)
      window = reader.value(.autoWindow, .duration(.seconds(1)...(.seconds(3600))))
      // The memory tells times apart for eleven days.
      forget = reader.value(.autoForget, .duration(.seconds(1)...(.seconds(7 * 86_400))))
      memory = reader.value(.autoMemory, .number(1024...(1 << 24)))
      followersPath = reader.optional(.autoFollowers, .path)
    }
  }
}

extension Configuration.Mode {
  /// The modes of single domains.
  static func readDomains(
    _ reader: inout ConfigurationReader, profile: JIDProfile, domains: [Domain]
  ) -> [Domain: Self] {
    var modes: [Domain: Self] = [:]
    for part in reader.settings.parts(of: [.domainMode]) {
      guard let mode: Self = reader.optional(.domainMode, of: part, .word),
        let place = reader.settings.setting(.domainMode, of: part)?.place
      else { continue }
      do throws(JIDError) {
        let domain = try Domain(part, profile: profile)
        if !domains.isEmpty, !domains.contains(domain) {
          reader.complain(
            place,
            "domain `\(domain)` has a mode, but is not hosted; expected one of domains: "
              + ConfigurationText.list(domains.map(\.description)))
        } else if modes.updateValue(mode, forKey: domain) != nil {
          reader.complain(place, "domain `\(domain)` has a mode already; expected one")
        }
      } catch {
        reader.complain(
          place, "\(Excerpt(part)) is no domain: \(error); expected domain.DOMAIN.mode")
      }
    }
    return modes
  }

  /// Where mode `observe` relays everybody.
  static func readObserveNode(
    _ reader: inout ConfigurationReader, nodes: [Configuration.Node]
  ) -> Int? {
    guard let name = reader.optional(.observeNode, .nodeName) else { return nil }
    if let index = nodes.firstIndex(where: { $0.name == name }) { return index }
    if let place = reader.settings.setting(.observeNode)?.place {
      reader.complain(
        place,
        "`\(ConfigurationKey.observeNode.name)` is \(Excerpt(name)); expected "
          + ConfigurationText.nodes(nodes.map(\.name)))
    }
    return nil
  }
}
