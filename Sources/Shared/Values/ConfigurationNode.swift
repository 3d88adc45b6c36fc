extension Configuration {
  /// One XMPP server of the pool.
  public struct Node: Sendable, Equatable {
    /// Whether new clients are sent to a node.
    public enum State: String, Sendable, CaseIterable {
      /// They are.
      case active
      /// They are not: its partitions go to their fallbacks.
      case drain
    }

    /// What a node's internal port speaks.
    public enum InternalSecurity: String, Sendable, CaseIterable {
      /// XML in plain text, then STARTTLS.
      case starttls
      /// TLS from the first byte.
      case directtls
      /// XML in plain text to the end.
      case plain
    }

    /// What the edge's connections to a node's internal port begin with.
    public enum InternalProxy: String, Sendable, CaseIterable {
      /// With what the port speaks.
      case off
      /// With a header of the PROXY protocol, version 2.
      case v2
    }

    /// The name it has in `redirect.to`.
    public let name: String
    /// What clients are told that came by STARTTLS; by direct TLS if `usesTLS`.
    public let host: HostPort
    /// Whether `host` speaks TLS from the first byte.
    public let usesTLS: Bool
    /// What clients are told that came by direct TLS.
    public let directTLS: HostPort?
    /// URL that clients are told that came by WebSocket.
    public let websocket: WebAddress?
    /// URL that clients are told that came by BOSH.
    public let bosh: WebAddress?
    /// The WebSocket that the edge itself uses, for those who came by WebSocket.
    public let internalWebSocket: WebAddress?
    /// The address that the edge itself uses.
    public let internalAddress: HostPort
    /// How the edge itself speaks there.
    public let internalSecurity: InternalSecurity
    /// Whether it says there whose connection it is.
    public let internalProxy: InternalProxy
    /// Capacity against the other nodes, 1...1000.
    public let weight: UInt32
    /// Whether new clients are sent there.
    public let state: State

    /// Whether there is something to tell clients of a kind.
    public func hasTarget(for kind: ClientKind) -> Bool {
      switch kind {
      case .starttls: !usesTLS
      case .directtls: usesTLS || directTLS != nil
      case .websocket: websocket != nil
      case .bosh: bosh != nil
      }
    }
  }
}

extension Configuration.Node {
  private static let keys: [ConfigurationKey] = ConfigurationKey.nodeSection.keys
  /// The registered ports of XMPP clients: RFC 6120 section 14.7; 5223 by custom (XEP-0368).
  private static let starttlsPort: UInt16 = 5222
  private static let directTLSPort: UInt16 = 5223

  /// All nodes of `redirect.to` that are defined, in its order.
  static func readAll(_ reader: inout ConfigurationReader) -> [Configuration.Node] {
    guard let setting = reader.settings.setting(.nodes) else {
      complainAboutUnnamed([], nil, &reader)
      return []
    }
    guard let names = reader.optional(.nodes, .list(of: .nodeName)) else {
      // Which nodes there are is not known, so what is said of any cannot be judged but by itself.
      for name in reader.settings.parts(of: keys) { _ = read(name, &reader) }
      return []
    }
    complainAboutUnnamed(names, setting.place, &reader)
    return names.compactMap { name in
      let node = read(name, &reader)
      if reader.settings.setting(.nodeHost, of: name) == nil {
        reader.complain(
          setting.place,
          "node `\(name)` is named but not defined; expected a line "
            + "`\(ConfigurationKey.nodeHost.named(name)) = host[:port]`")
      }
      return node
    }
  }

  private static func complainAboutUnnamed(
    _ names: [String], _ place: ConfigurationSetting.Place?, _ reader: inout ConfigurationReader
  ) {
    let named =
      place.map { "redirect.to (\($0)) does not name; it names \(ConfigurationText.list(names))" }
      ?? "redirect.to does not name; it is not set"
    for setting in keys.flatMap(reader.settings.all) where !names.contains(setting.part) {
      reader.complain(
        setting.place, "`\(setting.name)` is of a node that \(named)")
    }
  }

  /// A node whose host is set and right.
  private static func read(_ name: String, _ reader: inout ConfigurationReader) -> Self? {
    let usesTLS = reader.value(.nodeUsesTLS, of: name, .truth)
    let port = usesTLS ? directTLSPort : starttlsPort
    let host = reader.optional(.nodeHost, of: name, .host(defaultPort: port))
    let directTLS = reader.optional(.nodeDirectTLS, of: name, .host(defaultPort: directTLSPort))
    let websocket = reader.optional(.nodeWebSocket, of: name, .url("wss://", "ws://"))
    let bosh = reader.optional(.nodeBOSH, of: name, .url("https://", "http://"))
    let internalWebSocket = reader.optional(
      .nodeInternalWebSocket, of: name, .url("wss://", "ws://"))
    let internalAddress = reader.optional(.nodeInternal, of: name, .host(defaultPort: port))
    let ownSecurity: InternalSecurity? = reader.optional(.nodeTLS, of: name, .word)
    let internalProxy: InternalProxy = reader.value(.nodeProxy, of: name, .word)
    let weight = reader.value(.nodeWeight, of: name, .number(UInt32(1)...1000))
    let state: State = reader.value(.nodeState, of: name, .word)
    guard let host else { return nil }
    return Configuration.Node(
      name: name, host: host, usesTLS: usesTLS, directTLS: directTLS, websocket: websocket,
      bosh: bosh, internalWebSocket: internalWebSocket ?? websocket,
      internalAddress: internalAddress ?? host,
      internalSecurity: ownSecurity
        ?? (usesTLS && internalAddress == nil ? .directtls : .starttls),
      internalProxy: internalProxy, weight: weight, state: state)
  }
}
