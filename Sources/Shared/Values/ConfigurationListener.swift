extension Configuration {
  /// An address where clients connect.
  public struct Listener: Sendable, Equatable {
    /// What its clients speak first.
    public enum Kind: String, Sendable, CaseIterable {
      /// XML in plain text, then STARTTLS.
      case starttls
      /// TLS from the first byte.
      case directtls
      /// XML in plain text: a balancer in front ended TLS.
      case plain
      /// HTTP, and then a WebSocket.
      case websocket
      /// HTTP, and one request.
      case bosh

      /// Whether HTTP is spoken.
      public var isWeb: Bool { self == .websocket || self == .bosh }
    }

    /// Its name in the configuration.
    public let name: String
    /// An IP address and a port.
    public let address: HostPort
    /// What its clients speak first.
    public let kind: Kind
    /// Whether it speaks TLS itself, now or after STARTTLS.
    public let usesTLS: Bool
    /// The kind of target that its clients get.
    public let standsFor: ClientKind
    /// Whether every connection begins with a PROXY header.
    public let requiresProxy: Bool
    /// The networks whose PROXY headers are believed; not empty if one is required.
    public let trustedNetworks: [Network]
    /// Whether the socket's own address is the client's.
    public let clientsAreDirect: Bool
    /// How its clients are brought to their nodes, but for domains with a mode of their own.
    public let mode: Mode
  }

  /// Whose address the socket has.
  enum Clients: String, Sendable, CaseIterable { case direct, balanced }

  /// Whether there is a PROXY header.
  enum Proxy: String, Sendable, CaseIterable { case off, required }

  /// What a listener without TLS stands for.
  enum StandsFor: String, Sendable, CaseIterable { case starttls, directtls }
}

extension Configuration.Listener {
  /// All listeners, in the order of the file.
  static func readAll(
    _ reader: inout ConfigurationReader, mode: Configuration.Mode
  ) -> [Configuration.Listener] {
    reader.settings.parts(of: ConfigurationKey.listenerSection.keys).compactMap { name in
      read(name, &reader, mode)
    }
  }

  /// A listener whose address is set and right.
  private static func read(
    _ name: String, _ reader: inout ConfigurationReader, _ mode: Configuration.Mode
  ) -> Self? {
    let address = reader.optional(.listenerAddress, of: name, .address)
    let kind: Kind = reader.value(.listenerKind, of: name, .word)
    let usesTLS = readUsesTLS(name, kind, &reader)
    let standsFor = readStandsFor(name, kind, &reader)
    let proxy: Configuration.Proxy = reader.value(.listenerProxy, of: name, .word)
    let networks = reader.optional(.listenerProxyFrom, of: name, .list(of: .network))
    let clients: Configuration.Clients = reader.value(.listenerClients, of: name, .word)
    let ownMode: Configuration.Mode? = reader.optional(.listenerMode, of: name, .word)
    checkProxy(name, proxy, clients, &reader)
    if kind == .bosh, let ownMode, ownMode != .redirect,
      let setting = reader.settings.setting(.listenerMode, of: name)
    {
      reader.complain(
        setting.place,
        "`\(setting.name)` is `\(ownMode.rawValue)`, but clients of a bosh listener can only be "
          + "redirected; expected redirect, or no such line")
    }
    guard let address else {
      if reader.settings.setting(.listenerAddress, of: name) == nil {
        reader.complain(
          firstPlace(name, reader.settings),
          "listener `\(name)` has no address; expected a line "
            + "`\(ConfigurationKey.listenerAddress.named(name)) = [::]:5222`")
      }
      return nil
    }
    return Configuration.Listener(
      name: name, address: address, kind: kind, usesTLS: usesTLS, standsFor: standsFor,
      requiresProxy: proxy == .required, trustedNetworks: networks ?? [],
      clientsAreDirect: clients == .direct, mode: kind == .bosh ? .redirect : ownMode ?? mode)
  }

  private static func readUsesTLS(
    _ name: String, _ kind: Kind, _ reader: inout ConfigurationReader
  ) -> Bool {
    let usesTLS = reader.value(.listenerUsesTLS, of: name, .truth)
    if kind.isWeb { return usesTLS }
    if let setting = reader.settings.setting(.listenerUsesTLS, of: name) {
      reader.complain(
        setting.place,
        "`\(setting.name)` is of a \(kind.rawValue) listener; expected it of a websocket or bosh one "
          + "only")
    }
    return kind != .plain
  }

  private static func readStandsFor(
    _ name: String, _ kind: Kind, _ reader: inout ConfigurationReader
  ) -> ClientKind {
    let standsFor: Configuration.StandsFor = reader.value(.listenerStandsFor, of: name, .word)
    switch kind {
    case .plain: return standsFor == .starttls ? .starttls : .directtls
    case .starttls, .directtls, .websocket, .bosh:
      if let setting = reader.settings.setting(.listenerStandsFor, of: name) {
        reader.complain(
          setting.place,
          "`\(setting.name)` is of a \(kind.rawValue) listener; expected it of a plain one only")
      }
      switch kind {
      case .starttls: return .starttls
      case .websocket: return .websocket
      case .bosh: return .bosh
      case .directtls, .plain: return .directtls
      }
    }
  }

  private static func checkProxy(
    _ name: String, _ proxy: Configuration.Proxy, _ clients: Configuration.Clients,
    _ reader: inout ConfigurationReader
  ) {
    let from = reader.settings.setting(.listenerProxyFrom, of: name)
    switch proxy {
    case .off:
      guard let from else { return }
      reader.complain(
        from.place,
        "`\(from.name)` names trusted networks, but no PROXY header is read; expected "
          + "`\(ConfigurationKey.listenerProxy.named(name)) = required` with it")
    case .required:
      guard let setting = reader.settings.setting(.listenerProxy, of: name) else { return }
      if from == nil {
        reader.complain(
          setting.place,
          "`\(setting.name)` is required, but nobody is trusted; expected a line "
            + "`\(ConfigurationKey.listenerProxyFrom.named(name)) = 10.0.0.0/8`")
      }
      if clients == .direct {
        reader.complain(
          setting.place,
          "`\(setting.name)` is required, but `\(ConfigurationKey.listenerClients.named(name))` is "
            + "direct; expected one of the two")
      }
    }
  }

  private static func firstPlace(
    _ name: String, _ settings: ConfigurationSettings
  ) -> ConfigurationSetting.Place {
    let places = ConfigurationKey.listenerSection.keys.compactMap {
      settings.setting($0, of: name)?.place
    }
    return places.min() ?? settings.file
  }
}
