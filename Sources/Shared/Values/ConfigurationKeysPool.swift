// How the edge watches its nodes, and whom it asks about users it does not know.

extension ConfigurationKey {
  static let healthSection = Section(
    title: "Health of the nodes",
    introduction:
      "Every edge probes every node: it opens a stream at the node's `internal` address, reads the "
      + "header and closes. Now and then a full probe goes on through TLS to the features, for each "
      + "hosted domain. See [operations](operations.md) for the load that this makes.",
    keys: [
      pollFrequency, probeTimeout, probeFall, probeRise, probeChanging, probeDown, probeFull,
      probeReturn, probeVerify, trust, retryWindow, overflow,
    ])

  static let pollFrequency = ConfigurationKey(
    "redirect.pollfrequency", default: "1s",
    "The time between two probes of a node that is up; each is moved by up to a tenth, so that edges "
      + "do not probe in step. A bare number is minutes, as in the original. `0`: nodes are not probed "
      + "and count as up until their `state` says `drain`.",
    example: "redirect.pollfrequency = 500ms")

  static let probeTimeout = ConfigurationKey(
    "redirect.probe.timeout", default: "500ms",
    "The longest a probe may take to the stream header; a full one may take four times as long.",
    example: "redirect.probe.timeout = 1s")

  static let probeFall = ConfigurationKey(
    "redirect.probe.fall", default: "2",
    "So many probes in a row must fail before a node that is up counts as down. The very first probe, "
      + "and one that a client's return has caused, decides alone.",
    example: "redirect.probe.fall = 3")

  static let probeRise = ConfigurationKey(
    "redirect.probe.rise", default: "2",
    "So many probes in a row must succeed before a node that is down counts as up.",
    example: "redirect.probe.rise = 3")

  static let probeChanging = ConfigurationKey(
    "redirect.probe.changing", default: "500ms",
    "The time between two probes of a node that is neither surely up nor surely down: some, but not "
      + "`fall` or `rise`, probes have said otherwise.",
    example: "redirect.probe.changing = 200ms")

  static let probeDown = ConfigurationKey(
    "redirect.probe.down", default: "1s",
    "The time between two probes of a node that is down.",
    example: "redirect.probe.down = 5s")

  static let probeFull = ConfigurationKey(
    "redirect.probe.full", default: "30s",
    "The time in which every hosted domain of a node has one full probe. A node where no domain gets "
      + "through to its features counts as down. `0`: no full probes.",
    example: "redirect.probe.full = 1m")

  static let probeReturn = ConfigurationKey(
    "redirect.probe.return", default: "10s",
    "How long a node that has come back takes to get all of its users again: they return bit by bit, "
      + "so that it is not trampled. `0`: at once.",
    example: "redirect.probe.return = 1m")

  static let probeVerify = ConfigurationKey(
    "redirect.probe.verify", default: "false",
    "Whether a full probe fails where the node's certificate is not valid for the hosted domain. "
      + "Otherwise that is only logged.",
    example: "redirect.probe.verify = true")

  static let trust = ConfigurationKey(
    "redirect.trust", default: .nothing,
    "A PEM file of the authorities that nodes' certificates are checked against. Without it those of "
      + "the system.",
    example: "redirect.trust = /etc/redirect-edge/ca.pem")

  static let retryWindow = ConfigurationKey(
    "redirect.retry.window", default: "10s",
    "A client (user and address) that comes back this soon after it was sent to a node is evidence "
      + "against the node: the node is probed at once, and is down if that probe fails. `0`: clients "
      + "are not looked at.",
    example: "redirect.retry.window = 5s")

  static let overflow = ConfigurationKey(
    "redirect.overflow", default: "false",
    "Whether a user goes to any other node of the pool when none of the nodes in the partition's line "
      + "is available. Otherwise such a user gets the stream error `remote-connection-failed`.",
    example: "redirect.overflow = true")
}

// MARK: Peers

extension ConfigurationKey {
  static let peerSection = Section(
    title: "Peers",
    introduction:
      "Other edges that may know users that this one's map does not have. See "
      + "[the peer protocol](peer-protocol.md).",
    keys: [
      peers, peersListen, peersCertificate, peersKey, peersCA, peersSecret, peersBudget,
      peersInFlight, peersRate, peersResolve, peersCache, peersCacheTime,
    ])

  static let peers = ConfigurationKey(
    "redirect.peers", default: .nothing,
    "`host:port` of other edges, separated by commas. Names are resolved again and again, and all "
      + "addresses of a name are peers: one name that resolves to all edges is enough. An edge "
      + "recognises itself.",
    example: "redirect.peers = edges.internal.example.com:5280")

  static let peersListen = ConfigurationKey(
    "redirect.peers.listen", default: .nothing,
    "The IP address and port where this edge answers its peers, and hears of clients that they have "
      + "redirected. Without it, it does neither.",
    example: "redirect.peers.listen = [::]:5280")

  static let peersCertificate = ConfigurationKey(
    "redirect.peers.certificate", default: .nothing,
    "A PEM file with the certificate chain that this edge shows to peers, its own certificate first.",
    example: "redirect.peers.certificate = /etc/redirect-edge/peer.pem")

  static let peersKey = ConfigurationKey(
    "redirect.peers.key", default: .nothing,
    "A PEM file with that certificate's unencrypted private key.",
    example: "redirect.peers.key = /etc/redirect-edge/peer.key")

  static let peersCA = ConfigurationKey(
    "redirect.peers.ca", default: .nothing,
    "A PEM file of the private authority that has signed the certificates of all edges: whoever shows "
      + "a certificate of it is a peer.",
    example: "redirect.peers.ca = /etc/redirect-edge/peers-ca.pem")

  static let peersSecret = ConfigurationKey(
    "redirect.peers.secret", default: .nothing,
    "A file with a secret of at least 16 bytes that all edges share, instead of certificates: peers "
      + "prove that they have it, but what they say is not encrypted. For closed networks.",
    example: "redirect.peers.secret = /etc/redirect-edge/peers.secret")

  static let peersBudget = ConfigurationKey(
    "redirect.peers.budget", default: "250ms",
    "The longest that all peers together may take to find one user; then the next provider is asked.",
    example: "redirect.peers.budget = 100ms")

  static let peersInFlight = ConfigurationKey(
    "redirect.peers.inflight", default: "256",
    "The most users that peers are asked about at the same time. One more is unknown at once.",
    example: "redirect.peers.inflight = 1024")

  static let peersRate = ConfigurationKey(
    "redirect.peers.rate", default: "2000",
    "The most queries a second to all peers together, so that a flood of unknown names here is none "
      + "there. A user beyond it is unknown at once.",
    example: "redirect.peers.rate = 10000")

  static let peersResolve = ConfigurationKey(
    "redirect.peers.resolve", default: "10s",
    "The time between two looks at what the names of peers resolve to.",
    example: "redirect.peers.resolve = 1m")

  static let peersCache = ConfigurationKey(
    "redirect.peers.cache", default: "65536",
    "How many users that no peer knows are remembered, so that they are not asked for again. Forgotten "
      + "when any map changes.",
    example: "redirect.peers.cache = 1000000")

  static let peersCacheTime = ConfigurationKey(
    "redirect.peers.cachetime", default: "30s",
    "How long they are remembered.",
    example: "redirect.peers.cachetime = 5m")
}
