// How users get there: modes, and how `auto` and `observe` work.

extension ConfigurationKey {
  static let modeSection = Section(
    title: "How users get there",
    introduction:
      "A client is told the address of its node (*redirect*), or the edge connects to the node for it and "
      + "passes all bytes on (*relay*). `domain.<domain>.mode` beats `listener.<name>.mode`, and that beats "
      + "`redirect.mode`. How `auto` decides stands in [clients.md](clients.md).",
    keys: [
      mode, domainMode, relayTimeout, relayStuck, relayIdle, relayVerify, autoFirst, autoWindow,
      autoForget,
      autoMemory, autoFollowers, observeNode,
    ])

  static let mode = ConfigurationKey(
    "redirect.mode", default: "auto",
    "How clients are brought to their nodes: `redirect` tells them the node's address with "
      + "`<see-other-host/>`; `relay` connects to the node for them and passes all bytes on, see "
      + "[relaying](relaying.md); `auto` redirects those of which it is known that they follow, and relays "
      + "those of which it is known that they do not; `observe` relays everybody to `redirect.observe.node` "
      + "and only logs and counts what `auto` would have done.",
    example: "redirect.mode = relay")

  static let domainMode = ConfigurationKey(
    "domain.<domain>.mode", default: .same(as: "listener.<name>.mode"),
    "The mode of one hosted domain, whichever listener its clients come to.",
    example: "domain.example.org.mode = auto")

  static let relayTimeout = ConfigurationKey(
    "redirect.relay.timeout", default: "5s",
    "The longest it may take to hand a client over to its node: to connect, through TLS, to the node's "
      + "features.",
    example: "redirect.relay.timeout = 2s")

  static let relayStuck = ConfigurationKey(
    "redirect.relay.stuck", default: "60s",
    "How long a relayed client, or its node, may take nothing of what is sent to it, 1s to 1h; both are "
      + "disconnected then, within twice that time. Silence is no fault.",
    example: "redirect.relay.stuck = 30s")

  static let relayIdle = ConfigurationKey(
    "redirect.relay.idle", default: "24h",
    "A relayed session in which neither side has said a byte for this long is ended in order, up to 168h; "
      + "`0`: none is. Clients may be silent for as long as they like, and some are; nearly all of them, or "
      + "their servers, say something at least every half hour. Whose machine is gone is found out by the "
      + "kernel after ten minutes of silence.",
    example: "redirect.relay.idle = 2h")

  static let relayVerify = ConfigurationKey(
    "redirect.relay.verify", default: "true",
    "Clients are relayed only to nodes whose certificate is valid for the hosted domain (see "
      + "`redirect.trust`). `false`: whoever answers at the node's address gets what clients send, their "
      + "passwords included.",
    example: "redirect.relay.verify = false")

  static let autoFirst = ConfigurationKey(
    "redirect.auto.first", default: "relay",
    "What mode `auto` does with a client of which nothing is known: `relay` or `redirect`. With `redirect` a "
      + "client that cannot follow loses its first attempt.",
    example: "redirect.auto.first = redirect")

  static let autoWindow = ConfigurationKey(
    "redirect.auto.window", default: "30s",
    "How soon a client must come back after a redirect, though its node is well, to be known as one that "
      + "does not follow; 1s to 1h.",
    example: "redirect.auto.window = 1m")

  static let autoForget = ConfigurationKey(
    "redirect.auto.forget", default: "24h",
    "After this time a client that did not follow is tried again; 1s to 168h.",
    example: "redirect.auto.forget = 12h")

  static let autoMemory = ConfigurationKey(
    "redirect.auto.memory", default: "262144",
    "The clients that an edge remembers, those it has redirected lately and those that do not follow, "
      + "1024 to 16777216, rounded up to a power of two; each takes 8 bytes. When it is full, those who were "
      + "redirected longest ago are forgotten first. As many again are remembered of those of which peers tell, "
      + "10 bytes each.",
    example: "redirect.auto.memory = 1048576")

  static let autoFollowers = ConfigurationKey(
    "redirect.auto.followers", default: .nothing,
    "A file with clients that follow, beside those that the edge knows of by itself: lines "
      + "`software NAME` and `shape TEXT`. See [clients.md](clients.md#clients-that-follow).",
    example: "redirect.auto.followers = followers.txt")

  static let observeNode = ConfigurationKey(
    "redirect.observe.node", default: .nothing,
    "The node to which mode `observe` relays everybody; that mode needs it.",
    example: "redirect.observe.node = imA")
}
