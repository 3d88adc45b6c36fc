import COpenSSL
import Conversation
import MapFile
import Routing
import Shared

/// All that a snapshot is made of: parsed configuration, texts that depend on it, and the map.
struct Ingredients {
  var configuration: Configuration
  var paths: FilePaths
  var texts: TextFiles
  var certificates: [CertificateFiles: Certificate]
  var map: Map?
  var plugins: [PluginFiles: Plugin]

  /// Puts everything together. `ownKey` is for what is remembered of clients where edges share no secret.
  ///
  /// - Throws: `Refusal` with a line for each fault of any file.
  func snapshot(_ registry: NodeRegistry, ownKey: ClientKey) throws(Refusal) -> Snapshot {
    var faults: [String] = []
    let routing = routingTable(&faults)
    let tls = tlsSettings(&faults)
    let plugins = openPlugins(&faults)
    let nodeTLS = TLSClientContext(trust: texts.trust)
    let nodeWebTLS = TLSClientContext(trust: texts.trust, for: .http)
    if nodeTLS == nil {
      faults.append("\(paths.trust ?? ""): expected PEM certificates of authorities")
    }
    let followers = followers(&faults)
    let peerIdentity = peerIdentity(&faults)
    let adminToken = adminToken(&faults)
    guard faults.isEmpty, let routing, let nodeTLS, let nodeWebTLS else { throw Refusal(faults) }
    return Snapshot(
      configuration: configuration, routing: routing, map: map, plugins: plugins, tls: tls,
      nodeStates: registry.states(of: configuration.nodes),
      webPorts: registry.webPorts(of: configuration.nodes), nodeTLS: nodeTLS,
      nodeWebTLS: nodeWebTLS, clientKey: clientKey ?? ownKey,
      followers: followers, peerIdentity: peerIdentity, adminToken: adminToken)
  }

  /// Whether a snapshot of it would be the same.
  func isSame(as other: Ingredients) -> Bool {
    configuration == other.configuration && paths == other.paths && texts == other.texts
      && map === other.map
      && paths.everyCertificate.allSatisfy { certificates[$0] === other.certificates[$0] }
      && paths.plugins.allSatisfy { plugins[$0] === other.plugins[$0] }
  }

  /// This with the map and the partitions file of `last`: the two belong together.
  func withPair(of last: Ingredients) -> Ingredients {
    var mixed = self
    mixed.map = last.map
    mixed.texts.partitions = last.texts.partitions
    return mixed
  }

  /// What to say when map and partitions file name different sets; nil when they match or one names none.
  var setMismatch: String? {
    guard let mapSet = map?.header.set, let path = paths.partitions, let text = texts.partitions,
      let table = try? PartitionTable(
        parsing: text, file: path, nodes: configuration.nodes.map(\.name)),
      let tableSet = table.set, tableSet != mapSet
    else { return nil }
    return "\(path): set \(tableSet), but \(paths.map ?? "the map") is of set \(mapSet)"
  }

  /// Opens and verifies a map.
  static func openMap(_ path: String, _ configuration: Configuration) throws(Refusal) -> Map {
    do {
      return try Map(
        path: path, source: configuration.usesPrivateCopy ? .privateCopy : .shared,
        profile: configuration.profile)
    } catch {
      throw Refusal(["\(error)"])
    }
  }

  // MARK: Parts

  private func routingTable(_ faults: inout [String]) -> RoutingTable? {
    let names = configuration.nodes.map(\.name)
    func table(_ text: [UInt8]?, _ path: String?) -> PartitionTable? {
      guard let path else { return nil }
      guard let text else {
        faults.append("\(path): expected a partitions file; a provider of the chain needs it")
        return nil
      }
      do {
        return try PartitionTable(parsing: text, file: path, nodes: names)
      } catch {
        faults += error.all.map(\.description)
        return nil
      }
    }
    let partitions = table(texts.partitions, paths.partitions)
    let roundrobin = table(texts.roundrobin, paths.roundrobin)
    var rules: RegexRules?
    if let path = paths.rules {
      if let text = texts.rules {
        do {
          rules = try RegexRules(
            parsing: String(decoding: text, as: UTF8.self), file: path, nodes: names)
        } catch {
          faults += error.all.map(\.description)
        }
      } else {
        faults.append("\(path): expected rules; a provider of the chain needs them")
      }
    }
    let key = hashKey(&faults)
    guard faults.isEmpty else { return nil }
    return RoutingTable(
      pool: Pool(configuration.nodes), providers: configuration.providers, partitions: partitions,
      roundrobin: roundrobin, rules: rules, overflows: configuration.overflows, hashKey: key)
  }

  /// The secret's key: the first 16 bytes of its SHA-256, so that any file of any length will do.
  private func hashKey(_ faults: inout [String]) -> (UInt64, UInt64)? {
    guard let path = paths.secret else { return nil }
    guard let secret = secret(texts.secret, path, &faults) else { return nil }
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe EVP_Digest(secret, secret.count, &digest, nil, EVP_sha256(), nil)
    let words = [digest[..<8], digest[8..<16]].map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
    return (words[0], words[1])
  }

  /// The key under which all edges hash clients, so that they can tell each other of them; nil: they share no secret, or this
  /// one has nothing to tell or to hear.
  private var clientKey: ClientKey? {
    guard configuration.tellsOfClients else { return nil }
    let secret = configuration.peers.usesSecret ? texts.peerSecret : texts.secret
    return secret.map { ClientKey(shared: Self.words(HMAC.sha256(Self.clientText, key: $0))) }
  }

  /// What is hashed under the secret for that key; nothing else is.
  private static let clientText = Array("redirect-edge clients".utf8)

  /// The first 16 bytes of a digest as a key of SipHash.
  private static func words(_ digest: [UInt8]) -> SipHash.Key {
    func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    return (word(digest[..<8]), word(digest[8..<16]))
  }

  /// A secret that is long enough to be one.
  private func secret(_ text: [UInt8]?, _ path: String, _ faults: inout [String]) -> [UInt8]? {
    if let text, text.count >= Self.shortestSecret { return text }
    faults.append("\(path): expected a secret of at least \(Self.shortestSecret) bytes")
    return nil
  }

  /// In bytes; nobody guesses so much.
  private static let shortestSecret = 16

  /// What administrators must show, without the line feed that editors leave at the end of a file.
  private func adminToken(_ faults: inout [String]) -> [UInt8]? {
    guard let path = paths.adminToken else { return nil }
    let line = texts.adminToken.map { text in
      Array(text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    }
    return secret(line, path, &faults)
  }

  private func followers(_ faults: inout [String]) -> Followers {
    guard let path = paths.followers else { return .shipped }
    guard let text = texts.followers else {
      faults.append("\(path): expected a list of followers")
      return .shipped
    }
    do {
      return try Followers.shipped.adding(
        parsing: String(decoding: text, as: UTF8.self), file: path)
    } catch {
      faults += error.all.map(\.description)
      return .shipped
    }
  }

  private func peerIdentity(_ faults: inout [String]) -> PeerIdentity? {
    switch configuration.peers.proof {
    case nil: return nil
    case .secret(let path):
      return secret(texts.peerSecret, paths.peerSecret ?? path, &faults)
        .map { PeerIdentity(secret: $0) }
    case .certificates(_, _, let authority):
      guard let files = paths.peerCertificate, let certificate = certificates[files] else {
        faults.append("expected a certificate for peers; no good one was ever read")
        return nil
      }
      if let identity = PeerIdentity(certificate, authority: texts.peerAuthority ?? []) {
        return identity
      }
      faults.append(
        "\(paths.peerAuthority ?? authority): expected PEM certificates of authorities")
    }
    return nil
  }

  private func tlsSettings(_ faults: inout [String]) -> TLSContexts.Settings {
    var settings = TLSContexts.Settings(
      fallback: nil, byDomain: [],
      minimumVersion: configuration.minimumTLS == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION)
    for (certificate, files) in zip(configuration.certificates, paths.certificates) {
      guard let loaded = certificates[files] else {
        faults.append("\(files.chain): expected a certificate; no good one was ever read")
        continue
      }
      if let domain = certificate.domain {
        settings.byDomain.append((domain, loaded))
      } else {
        settings.fallback = loaded
      }
    }
    return settings
  }

  private func openPlugins(_ faults: inout [String]) -> [Plugin] {
    paths.plugins.compactMap { files in
      if let plugin = plugins[files] { return plugin }
      faults.append("\(files.library): expected a plug-in; no good one was ever opened")
      return nil
    }
  }
}
