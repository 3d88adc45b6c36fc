extension Configuration {
  /// URLs without TLS for clients that come with it (RFC 7395 section 3.6.1).
  func downgrades() -> [ConfigurationComplaint] {
    listeners.filter { $0.kind.isWeb && $0.usesTLS && $0.mode != .relay }.flatMap { listener in
      nodes.compactMap { node in
        let isBOSH = listener.kind == .bosh
        guard let target = isBOSH ? node.bosh : node.websocket, !target.isSecure else { return nil }
        let key: ConfigurationKey = isBOSH ? .nodeBOSH : .nodeWebSocket
        return ConfigurationComplaint(
          places.place(of: key, node.name),
          "`\(key.named(node.name))` is `\(target)`, but the clients of listener "
            + "`\(listener.name)` (\(placeOfKind(listener))) come by TLS; expected "
            + "\(isBOSH ? "https://" : "wss://")")
      }
    }
  }

  /// Nodes to whose WebSocket nobody can be relayed.
  func missingWebSockets() -> [ConfigurationComplaint] {
    // Elsewhere a client may be told one, and that none is missing is seen to already.
    guard let listener = listeners.first(where: { $0.kind == .websocket && $0.mode == .relay })
    else { return [] }
    return nodes.filter { $0.internalWebSocket == nil }.map { node in
      ConfigurationComplaint(
        places.place(of: .nodeHost, node.name),
        "node `\(node.name)` has no WebSocket for the clients of listener `\(listener.name)` "
          + "(\(placeOfKind(listener))); expected a line "
          + "`\(ConfigurationKey.nodeInternalWebSocket.named(node.name)) = ws://host/path`")
    }
  }
}
