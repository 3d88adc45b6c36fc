extension Configuration {
  /// What is right line by line but cannot hold together.
  func contradictions() -> [ConfigurationComplaint] {
    sharedAddresses() + missingTargets() + loops { $0.address == $1 } + openAdministration()
      + missingObserveNode() + downgrades() + missingWebSockets()
  }

  /// Whether an edge can serve with this configuration.
  ///
  /// - Parameter isLocal: whether an IP address is one of this machine's.
  /// - Throws: what is missing: a node, a listener, certificates where listeners need them; and targets that a listener on
  ///   all addresses of this machine serves itself.
  public func requireServable(
    isLocal: (HostPort) -> Bool = { _ in false }
  ) throws(Complaints) {
    var complaints = loops { listener, target in
      listener.address.isWildcard && listener.address.port == target.port && isLocal(target)
    }
    if nodes.isEmpty {
      complaints.append(
        ConfigurationComplaint(
          places.place(of: .nodes), "no node; expected `redirect.to = NAME` and its host"))
    }
    if listeners.isEmpty {
      complaints.append(
        ConfigurationComplaint(
          places.place(of: .listenerAddress),
          "no listener; expected a line `listener.NAME.address = [::]:5222`"))
    }
    complaints += missingCertificates()
    if !complaints.isEmpty { throw Complaints(ConfigurationComplaint.sorted(complaints)) }
  }

  private func missingCertificates() -> [ConfigurationComplaint] {
    guard !certificates.contains(where: { $0.domain == nil }),
      let listener = listeners.first(where: \.usesTLS)
    else { return [] }
    let place = placeOfKind(listener)
    if certificates.isEmpty {
      return [
        ConfigurationComplaint(
          place,
          "listener `\(listener.name)` speaks TLS, but there is no certificate; expected lines "
            + "`tls.certificate = FILE` and `tls.key = FILE`")
      ]
    }
    let covered = certificates.compactMap(\.domain)
    return domains.filter { !covered.contains($0) }.map { domain in
      ConfigurationComplaint(
        places.place(of: .domains),
        "domain `\(domain)` has no certificate for listener `\(listener.name)` (\(place)); expected "
          + "`tls.\(domain).certificate = FILE` and its key, or `tls.certificate` as the default")
    }
  }

  /// Two listeners at one address.
  private func sharedAddresses() -> [ConfigurationComplaint] {
    var first: [HostPort: Listener] = [:]
    return listeners.compactMap { listener in
      guard let other = first.updateValue(listener, forKey: listener.address) else { return nil }
      return ConfigurationComplaint(
        places.place(of: .listenerAddress, listener.name),
        "`\(listener.address)` is the address of listener `\(other.name)` "
          + "(\(places.place(of: .listenerAddress, other.name))) too; expected another")
    }
  }

  /// Nodes that have nothing to tell the clients of a listener. Who is relayed is told nothing.
  private func missingTargets() -> [ConfigurationComplaint] {
    var seen: Set<ClientKind> = []
    let telling = listeners.filter { $0.mode != .relay }
    return telling.filter { seen.insert($0.standsFor).inserted }.flatMap { listener in
      nodes.filter { !$0.hasTarget(for: listener.standsFor) }
        .map { missingTarget(of: $0, for: listener) }
    }
  }

  private func missingTarget(of node: Node, for listener: Listener) -> ConfigurationComplaint {
    let key: ConfigurationKey = node.usesTLS ? .nodeUsesTLS : .nodeHost
    let expected =
      switch listener.standsFor {
      case .starttls:
        "`\(ConfigurationKey.nodeUsesTLS.named(node.name)) = false` and a host that speaks STARTTLS"
      case .directtls: "a line `\(ConfigurationKey.nodeDirectTLS.named(node.name)) = host[:port]`"
      case .websocket:
        "a line `\(ConfigurationKey.nodeWebSocket.named(node.name)) = wss://host/path`"
      case .bosh: "a line `\(ConfigurationKey.nodeBOSH.named(node.name)) = https://host/path`"
      }
    return ConfigurationComplaint(
      places.place(of: key, node.name),
      "node `\(node.name)` has no address for the \(listener.standsFor) clients of listener "
        + "`\(listener.name)` (\(placeOfKind(listener))); expected \(expected)")
  }

  /// Targets that are this edge's own listeners: their clients would come back for ever.
  private func loops(
    _ isServed: (_ by: Listener, _ target: HostPort) -> Bool
  ) -> [ConfigurationComplaint] {
    nodes.flatMap { node in
      var targets: [(key: ConfigurationKey, address: HostPort)] = [(.nodeHost, node.host)]
      if let directTLS = node.directTLS { targets.append((.nodeDirectTLS, directTLS)) }
      if let websocket = node.websocket { targets.append((.nodeWebSocket, websocket.hostPort)) }
      if let web = node.internalWebSocket, web != node.websocket {
        targets.append((.nodeInternalWebSocket, web.hostPort))
      }
      if let bosh = node.bosh { targets.append((.nodeBOSH, bosh.hostPort)) }
      if node.internalAddress != node.host { targets.append((.nodeInternal, node.internalAddress)) }
      return targets.compactMap { target in
        listeners.first { isServed($0, target.address) }
          .map { loop(to: target.address, target.key, of: node, $0) }
      }
    }
  }

  private func loop(
    to target: HostPort, _ key: ConfigurationKey, of node: Node, _ listener: Listener
  ) -> ConfigurationComplaint {
    ConfigurationComplaint(
      places.place(of: key, node.name),
      "`\(key.named(node.name))` is `\(target)`, the edge's own listener `\(listener.name)` "
        + "(\(places.place(of: .listenerAddress, listener.name))); expected the node's address")
  }

  /// An admin port that anybody in the network can use.
  private func openAdministration() -> [ConfigurationComplaint] {
    guard let address = adminAddress, adminTokenPath == nil, !address.isLoopback else { return [] }
    return [
      ConfigurationComplaint(
        places.place(of: .adminAddress),
        "`admin.address` is `\(address)`, which others can reach; expected 127.0.0.1 or [::1], or a "
          + "line `admin.token = FILE`")
    ]
  }

  /// Mode `observe` without a node to relay everybody to.
  private func missingObserveNode() -> [ConfigurationComplaint] {
    // A name that is no node's has its complaint already.
    guard observeNode == nil, places.place(of: .observeNode) == places.file else { return [] }
    var used: [(key: ConfigurationKey, part: String, mode: Mode)] = [(.mode, "", mode)]
    used += listeners.map { (.listenerMode, $0.name, $0.mode) }
    used += domainModes.map { (.domainMode, $0.key.description, $0.value) }
    guard
      let place = used.filter({ $0.mode == .observe })
        .map({ places.place(of: $0.key, $0.part) }).min()
    else { return [] }
    return [
      ConfigurationComplaint(
        place,
        "mode `observe` relays everybody to one node, but none is named; expected a line "
          + "`\(ConfigurationKey.observeNode.name) = NAME`")
    ]
  }

  /// Where a listener is said to be what it is.
  func placeOfKind(_ listener: Listener) -> ConfigurationSetting.Place {
    let place = places.place(of: .listenerKind, listener.name)
    return place == places.file ? places.place(of: .listenerAddress, listener.name) : place
  }
}
