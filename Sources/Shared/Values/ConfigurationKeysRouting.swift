// Where users go: the chain, the nodes, and what the providers need.

extension ConfigurationKey {
  static let routingSection = Section(
    title: "Where users go",
    introduction:
      "Who is connecting is asked first; then the providers of the chain are asked where "
      + "he belongs.",
    keys: [domains, profile, provider, nodes, cover, early])

  static let domains = ConfigurationKey(
    "domains", default: .nothing,
    "The hosted domains, separated by commas. A stream to any other domain gets `host-unknown`. "
      + "Without them every domain is served, and `rdadmin generate` takes the domains of the "
      + "rosters' owners as the local ones.",
    example: "domains = example.com, example.org")

  static let profile = ConfigurationKey(
    "jid.profile", default: "nodeprep",
    "How names are prepared before they are compared: `nodeprep` (stringprep, what ejabberd and "
      + "Prosody do) or `precis` (RFC 7622). It must be what the nodes do, or a user silently moves. "
      + "A map made with the other profile is refused.",
    example: "jid.profile = precis")

  static let provider = ConfigurationKey(
    "redirect.provider", default: "db,peers,hash",
    "The chain of providers, separated by commas. The first one that knows the user decides: `db` "
      + "looks into the map, `regex` into the rules, `roundrobin` deals users to the partitions in "
      + "turn, `hash` computes a node from the name, the same on every edge. `roundrobin` and `hash` "
      + "know everybody, so they come last. `peers` is skipped while there are none. A word with a `/` "
      + "is the path of a plug-in, a shared library that is asked like any other provider "
      + "([plugins.md](plugins.md)).",
    example: "redirect.provider = db, ./department.so, hash")

  static let nodes = ConfigurationKey(
    "redirect.to", default: .nothing,
    "The names of the pool's nodes, separated by commas. A name has letters, digits, `-`, `_` and "
      + "`.`, and is not a number alone. Each needs its `redirect.to.<node>.host`. The order counts: "
      + "partitions beyond the last line of the partitions file are dealt to the nodes in it.",
    example: "redirect.to = imA, imB")

  static let cover = ConfigurationKey(
    "redirect.cover", default: "0",
    "Every answer leaves this long after the user is known, so that nobody can tell by the delay "
      + "whether the map, a peer or nobody knew the user. With peers it must be at least "
      + "`redirect.peers.budget` to be of use, better some 50 ms more. The answer leaves at the next tick "
      + "of 16 ms.",
    example: "redirect.cover = 300ms")

  static let early = ConfigurationKey(
    "redirect.early", default: "false",
    "Whether a stream header that names its user is answered before TLS. RFC 6120 (section 4.9.3.19) "
      + "advises against it: the answer is not protected then, and neither is the name.",
    example: "redirect.early = true")
}

// MARK: Nodes

extension ConfigurationKey {
  static let nodeSection = Section(
    title: "Nodes",
    introduction:
      "`<node>` is a name of `redirect.to`. A client is told the address for the kind of "
      + "connection it came with, always with a port; IPv6 addresses are written in brackets. A node "
      + "must have an address for every kind of listener that is declared, but for those that relay.",
    keys: [
      nodeHost, nodeUsesTLS, nodeDirectTLS, nodeWebSocket, nodeBOSH, nodeInternal, nodeTLS,
      nodeInternalWebSocket, nodeProxy, nodeWeight, nodeState,
    ])

  static let nodeHost = ConfigurationKey(
    "redirect.to.<node>.host", default: .required,
    "`host[:port]` told to clients that came by STARTTLS. Without a port 5222, or 5223 with "
      + "`usessl`. A name is written in ASCII (`xn--` form).",
    example: "redirect.to.imA.host = ima.example.com:5222")

  static let nodeUsesTLS = ConfigurationKey(
    "redirect.to.<node>.usessl", default: "false",
    "Whether the node's `host` port speaks TLS from the first byte. Then `host` is what clients are "
      + "told that came by direct TLS, and the node has no address for those that came by STARTTLS.",
    example: "redirect.to.imA.usessl = true")

  static let nodeDirectTLS = ConfigurationKey(
    "redirect.to.<node>.directtls", default: .nothing,
    "`host[:port]` told to clients that came by direct TLS (XEP-0368). Without a port 5223.",
    example: "redirect.to.imA.directtls = ima.example.com:5223")

  static let nodeWebSocket = ConfigurationKey(
    "redirect.to.<node>.websocket", default: .nothing,
    "URL told to clients that came by WebSocket (RFC 7395), `wss://` or `ws://`. Clients that came by TLS "
      + "must not be sent to `ws://` (section 3.6.1).",
    example: "redirect.to.imA.websocket = wss://ima.example.com:5281/xmpp-websocket")

  static let nodeBOSH = ConfigurationKey(
    "redirect.to.<node>.bosh", default: .nothing,
    "URL told to clients that came by BOSH (XEP-0206), `https://` or `http://`.",
    example: "redirect.to.imA.bosh = https://ima.example.com:5281/http-bind")

  static let nodeInternal = ConfigurationKey(
    "redirect.to.<node>.internal", default: .same(as: "redirect.to.<node>.host"),
    "`host[:port]` that the edge itself uses for the node: where it probes it. Names are resolved again "
      + "and again.",
    example: "redirect.to.imA.internal = 10.0.0.11:5222")

  static let nodeTLS = ConfigurationKey(
    "redirect.to.<node>.tls", default: "starttls",
    "What the node's `internal` port speaks: `starttls`, `directtls`, or `plain` where a trusted "
      + "network needs no encryption. With `usessl` and no `internal` of its own it is `directtls`.",
    example: "redirect.to.imA.tls = directtls")

  static let nodeInternalWebSocket = ConfigurationKey(
    "redirect.to.<node>.internalwebsocket", default: .same(as: "redirect.to.<node>.websocket"),
    "URL of the node's WebSocket that the edge itself uses: where clients are relayed that came by "
      + "WebSocket, and what they are offered is read there. `ws://` on a trusted network.",
    example: "redirect.to.imA.internalwebsocket = ws://10.0.0.11:5280/xmpp-websocket")

  static let nodeProxy = ConfigurationKey(
    "redirect.to.<node>.proxy", default: "off",
    "`v2`: every connection of the edge to the node's `internal` port begins with a header of the PROXY "
      + "protocol, version 2: that of a relayed client names the client's address, that of a probe is "
      + "`LOCAL`. The port must require such headers (`use_proxy_protocol` of ejabberd, `proxy_ports` of "
      + "Prosody's mod_net_proxy). `off`: no connection does. It is never guessed.",
    example: "redirect.to.imA.proxy = v2")

  static let nodeWeight = ConfigurationKey(
    "redirect.to.<node>.weight", default: "1",
    "The node's capacity against that of the other nodes, 1 to 1000: a node of weight 2 gets twice as "
      + "many users as one of weight 1.",
    example: "redirect.to.imA.weight = 2")

  static let nodeState = ConfigurationKey(
    "redirect.to.<node>.state", default: "active",
    "`active`, or `drain`: no new client is sent there, the node's partitions go to their fallbacks.",
    example: "redirect.to.imA.state = drain")
}

// MARK: Providers

extension ConfigurationKey {
  static let providerSection = Section(
    title: "What the providers need",
    introduction:
      "Paths are relative to the directory of the configuration file. A file is needed only "
      + "if its provider is in the chain.",
    keys: [
      map, partitions, partitionSize, privateMap, roundrobin, rules, hashSecret,
      pluginConfiguration,
    ])

  static let map = ConfigurationKey(
    "redirect.db.users", default: "redirect.mdb",
    "The map, as `rdadmin compile` writes it.",
    example: "redirect.db.users = /var/lib/redirect-edge/redirect.mdb")

  static let partitions = ConfigurationKey(
    "redirect.db.partitions", default: "redirect.partitions",
    "The partitions file: each line that is neither empty nor a comment (`#`, `!`) is one partition, "
      + "the first line partition 1, as `primary, fallback, fallback`. `# set: ID` names the set of "
      + "files that it belongs to.",
    example: "redirect.db.partitions = /var/lib/redirect-edge/redirect.partitions")

  static let partitionSize = ConfigurationKey(
    "redirect.db.partitionsize", default: "5000",
    "The most users in one partition: as many as the smallest node can carry. Read by `rdadmin`.",
    example: "redirect.db.partitionsize = 20000")

  static let privateMap = ConfigurationKey(
    "redirect.db.private", default: "off",
    "`off` maps the published file itself, shared by all processes of the machine: it must be replaced "
      + "by renaming, never written in place. `copy` maps an unlinked private copy made while "
      + "verifying, for places where people overwrite files in place.",
    example: "redirect.db.private = copy")

  static let roundrobin = ConfigurationKey(
    "redirect.roundrobin.partitions", default: .same(as: "redirect.db.partitions"),
    "The partitions file of provider `roundrobin`.",
    example: "redirect.roundrobin.partitions = newcomers.partitions")

  static let rules = ConfigurationKey(
    "redirect.regex.rules", default: "redirect.regex",
    "The rules of provider `regex`: lines `regular expression -> node or partition number`, the first "
      + "that matches counts; lines that begin with `#` are comments. See below for the expressions.",
    example: "redirect.regex.rules = special.regex")

  static let hashSecret = ConfigurationKey(
    "redirect.hash.secret", default: .nothing,
    "A file with the key of provider `hash`, at least 16 bytes, the same on all edges. Without it the "
      + "key is the same everywhere in the world, so anybody can tell by an answer whether the map has "
      + "a user. With it, and `hash` at the end of the chain, a name that no user can have is redirected "
      + "like an unknown user's, too; see [hiding who is a user](operations.md#hiding-who-is-a-user). Edges that "
      + "know each other by certificates need it in mode `auto`, too: under a key made of it they tell each other "
      + "of clients that do not follow.",
    example: "redirect.hash.secret = /etc/redirect-edge/hash.secret")

  static let pluginConfiguration = ConfigurationKey(
    "redirect.plugin.<name>.config", default: .nothing,
    "A file whose text the plug-in `<name>` gets when it is opened; `<name>` is the name of its library "
      + "without directory and `.so`. What stands in it is the plug-in's affair.",
    example: "redirect.plugin.department.config = department.conf")
}
