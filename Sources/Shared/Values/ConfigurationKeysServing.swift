// How the edge serves: listeners, certificates, limits, the process.

extension ConfigurationKey {
  static let listenerSection = Section(
    title: "Listeners",
    introduction:
      "Each listener has a name of letters, digits, `-` and `_`. An edge needs at least one.",
    keys: [
      listenerAddress, listenerKind, listenerUsesTLS, listenerStandsFor, listenerProxy,
      listenerProxyFrom,
      listenerClients, listenerMode,
    ])

  static let listenerAddress = ConfigurationKey(
    "listener.<name>.address", default: .required,
    "IP address and port. `[::]` takes clients of both IPv6 and IPv4.",
    example: "listener.clients.address = [::]:5222")

  static let listenerKind = ConfigurationKey(
    "listener.<name>.kind", default: "starttls",
    "`starttls`: clients begin in plain text and must start TLS; `directtls`: TLS from the first byte "
      + "(XEP-0368); `plain`: no TLS, because a balancer in front of the edge ends it; `websocket` "
      + "(RFC 7395); `bosh` (XEP-0124): clients are redirected if the request for a session names the user "
      + "in `from`, whatever the mode, and get an error if not.",
    example: "listener.clients.kind = directtls")

  static let listenerUsesTLS = ConfigurationKey(
    "listener.<name>.usessl", default: "true",
    "Of a `websocket` or `bosh` listener only: whether it speaks TLS itself. `false` behind an ingress that "
      + "ends it; the URLs of nodes must be `wss://` and `https://` all the same then.",
    example: "listener.web.usessl = false")

  static let listenerStandsFor = ConfigurationKey(
    "listener.<name>.standsfor", default: "starttls",
    "Of a `plain` listener only: by which kind of connection its clients came to the balancer, "
      + "`starttls` or `directtls`. It picks the address that they are told.",
    example: "listener.inside.standsfor = directtls")

  static let listenerProxy = ConfigurationKey(
    "listener.<name>.proxy", default: "off",
    "`required`: every connection begins with a header of the PROXY protocol, version 1 or 2, that "
      + "tells the client's own address; `off`: none does. It is never guessed.",
    example: "listener.clients.proxy = required")

  static let listenerProxyFrom = ConfigurationKey(
    "listener.<name>.proxy.from", default: .nothing,
    "The networks whose PROXY headers are believed, separated by commas; everybody else is turned "
      + "away. Needed with `proxy = required`.",
    example: "listener.clients.proxy.from = 10.0.0.0/8, ::1/128")

  static let listenerClients = ConfigurationKey(
    "listener.<name>.clients", default: "balanced",
    "Whose address a connection has: `direct`, the client's own; `balanced`, perhaps that of a balancer "
      + "that speaks for many. The limits per client address hold only for `direct`, and where the "
      + "PROXY protocol tells the address.",
    example: "listener.clients.clients = direct")

  static let listenerMode = ConfigurationKey(
    "listener.<name>.mode", default: .same(as: "redirect.mode"),
    "The mode of this listener's clients, but for those of a domain with a `domain.<domain>.mode`.",
    example: "listener.clients.mode = redirect")
}

// MARK: Certificates

extension ConfigurationKey {
  static let certificateSection = Section(
    title: "Certificates",
    introduction:
      "PEM files; paths are relative to the directory of the configuration file. SNI picks "
      + "the hosted domain's certificate, for STARTTLS without SNI the stream's `to` does; else the "
      + "default one is shown. A `starttls` or `directtls` listener needs a certificate for every "
      + "hosted domain, or a default one.",
    keys: [certificate, key, domainCertificate, domainKey, minimumTLS])

  static let certificate = ConfigurationKey(
    "tls.certificate", default: .nothing,
    "The default certificate, followed by its chain.",
    example: "tls.certificate = /etc/redirect-edge/example.com.pem")

  static let key = ConfigurationKey(
    "tls.key", default: .nothing,
    "The private key of the default certificate.",
    example: "tls.key = /etc/redirect-edge/example.com.key")

  static let domainCertificate = ConfigurationKey(
    "tls.<domain>.certificate", default: .nothing,
    "The certificate of one hosted domain, followed by its chain.",
    example: "tls.example.org.certificate = example.org.pem")

  static let domainKey = ConfigurationKey(
    "tls.<domain>.key", default: .nothing,
    "The private key of that domain's certificate.",
    example: "tls.example.org.key = example.org.key")

  static let minimumTLS = ConfigurationKey(
    "tls.minimum", default: "1.2",
    "The oldest version of TLS that clients may use: `1.2` or `1.3`.",
    example: "tls.minimum = 1.3")
}

// MARK: Limits

extension ConfigurationKey {
  static let limitSection = Section(
    title: "Limits",
    introduction:
      "What a client may do before it has its answer. An IPv6 client counts by its /64.",
    keys: [
      limitBytes, limitElements, limitDepth, limitStep, limitTotal, limitConnections,
      limitConcurrent, limitRate, limitBurst,
    ])

  static let limitBytes = ConfigurationKey(
    "limit.bytes", default: "8192",
    "Bytes of XML, 1024 to 16384. A header, a SASL message and all that real clients say before are "
      + "well under 4 KiB; the most is what a worker reads at once.",
    example: "limit.bytes = 16384")

  static let limitElements = ConfigurationKey(
    "limit.elements", default: "32",
    "XML elements, 4 to 1024. A client that logs in sends fewer than ten.",
    example: "limit.elements = 64")

  static let limitDepth = ConfigurationKey(
    "limit.depth", default: "8",
    "How deep elements may be nested, 3 to 64. A login needs four.",
    example: "limit.depth = 6")

  static let limitStep = ConfigurationKey(
    "limit.step", default: "5s",
    "The longest time of a client for one step of its conversation, whatever it sends meanwhile, 10ms "
      + "to 10m: long enough for a bad mobile network, short enough that silent connections do not "
      + "pile up.",
    example: "limit.step = 10s")

  static let limitTotal = ConfigurationKey(
    "limit.total", default: "15s",
    "The longest time from accept to answer, 10ms to 1h.",
    example: "limit.total = 30s")

  static let limitConnections = ConfigurationKey(
    "limit.connections", default: "0",
    "Connections of the edge at once, up to 10000000, shared out evenly to the workers. `0`: as many as "
      + "the process may open files, less what the edge itself needs. Who comes when it is full is "
      + "disconnected at once. A connection to a relaying listener needs two files.",
    example: "limit.connections = 50000")

  static let limitConcurrent = ConfigurationKey(
    "limit.address.concurrent", default: "512",
    "Connections of one client address at once, counted by each worker; `0`: any number. A large "
      + "office or a carrier's NAT has thousands of users behind one address, but an answer takes few "
      + "round trips, so that 512 at once are thousands a second.",
    example: "limit.address.concurrent = 64")

  static let limitRate = ConfigurationKey(
    "limit.address.rate", default: "100",
    "New connections of one client address a second in the long run, counted by each worker; `0`: any "
      + "number. At 100 an office of 6000 is back a minute after its line was cut.",
    example: "limit.address.rate = 10")

  static let limitBurst = ConfigurationKey(
    "limit.address.burst", default: "1000",
    "New connections of one client address at once after a quiet time: ten seconds' worth of the "
      + "default rate, because people behind one address lose their connections together.",
    example: "limit.address.burst = 100")
}

// MARK: The process

extension ConfigurationKey {
  static let processSection = Section(
    title: "The process",
    introduction:
      "`workers`, `limit.connections`, `redirect.auto.memory`, `reload.poll`, `admin.address`, "
      + "`admin.token`, `log.level` and `log.format` hold from the start of the process; all other keys of this page can be changed "
      + "while it runs.",
    keys: [
      workers, drainDelay, drainTimeout, drainRelay, reloadPoll, adminAddress, adminToken, logLevel,
      logFormat,
    ])

  static let adminAddress = ConfigurationKey(
    "admin.address", default: .nothing,
    "The IP address and port of the admin port, which speaks HTTP: state of the nodes, draining, "
      + "readiness. See [operations](operations.md). Without it there is none. An address that is not "
      + "of this machine alone needs a token.",
    example: "admin.address = 127.0.0.1:5290")

  static let adminToken = ConfigurationKey(
    "admin.token", default: .nothing,
    "A file with the token that every request to the admin port must carry, as "
      + "`Authorization: Bearer TOKEN`; at least 16 bytes.",
    example: "admin.token = /etc/redirect-edge/admin.token")

  static let workers = ConfigurationKey(
    "workers", default: "0",
    "The number of worker threads, up to 1024. `0`: one per usable core (affinity and the container's "
      + "CPU limit count).",
    example: "workers = 4")

  static let drainDelay = ConfigurationKey(
    "drain.delay", default: "5s",
    "How long the edge goes on accepting after SIGTERM, up to 1h: longer than the balancer in front of "
      + "it needs to notice.",
    example: "drain.delay = 15s")

  static let drainTimeout = ConfigurationKey(
    "drain.timeout", default: "30s",
    "How long conversations may go on after that, up to 1h.",
    example: "drain.timeout = 20s")

  static let drainRelay = ConfigurationKey(
    "drain.relay", default: "10s",
    "The time over which relayed clients are disconnected when the edge leaves, each at a moment of its "
      + "own, so that they do not come back all at once; up to 1h, and never longer than "
      + "`drain.timeout`.",
    example: "drain.relay = 25s")

  static let reloadPoll = ConfigurationKey(
    "reload.poll", default: "250ms",
    "How often the files are looked at for changes, 10ms to 24h. SIGHUP makes it look at once.",
    example: "reload.poll = 5s")

  static let logLevel = ConfigurationKey(
    "log.level", default: "info",
    "`trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.",
    example: "log.level = debug")

  static let logFormat = ConfigurationKey(
    "log.format", default: "text",
    "`text`, or `json`: one object a line.",
    example: "log.format = json")
}
