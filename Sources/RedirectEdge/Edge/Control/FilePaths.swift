import MapFile
import Shared

/// The files that a configuration needs, each resolved against the directory of `redirect.conf`; nil: not needed.
struct FilePaths: Equatable {
  let map: String?
  let partitions: String?
  let roundrobin: String?
  let rules: String?
  let secret: String?
  let trust: String?
  let peerCertificate: CertificateFiles?
  let peerAuthority: String?
  let peerSecret: String?
  let adminToken: String?
  let followers: String?
  /// In the order of the configuration.
  let certificates: [CertificateFiles]
  /// In the order of the configuration.
  let plugins: [PluginFiles]

  init(_ configuration: Configuration, directory: String) {
    func resolve(_ path: String) -> String {
      Configuration.resolve(path, relativeTo: directory)
    }
    let chain = configuration.providers
    let usesPartitions = chain.contains { $0 == .db || $0 == .regex || $0.isPlugin }
    map = chain.contains(.db) ? resolve(configuration.mapPath) : nil
    partitions = usesPartitions ? resolve(configuration.partitionsPath) : nil
    roundrobin = chain.contains(.roundrobin) ? resolve(configuration.roundrobinPath) : nil
    rules = chain.contains(.regex) ? resolve(configuration.rulesPath) : nil
    secret = configuration.hashSecretPath.map(resolve)
    trust = configuration.health.trustPath.map(resolve)
    adminToken = configuration.adminTokenPath.map(resolve)
    followers = configuration.auto.followersPath.map(resolve)
    certificates = configuration.certificates.map {
      CertificateFiles(chain: resolve($0.chain), key: resolve($0.key))
    }
    plugins = configuration.plugins.map {
      PluginFiles(
        name: $0.name, library: resolve($0.path), configuration: $0.configurationPath.map(resolve))
    }
    switch configuration.peers.proof {
    case .certificates(let chain, let key, let authority):
      peerCertificate = CertificateFiles(chain: resolve(chain), key: resolve(key))
      peerAuthority = resolve(authority)
      peerSecret = nil
    case .secret(let path):
      (peerCertificate, peerAuthority, peerSecret) = (nil, nil, resolve(path))
    case nil:
      (peerCertificate, peerAuthority, peerSecret) = (nil, nil, nil)
    }
  }

  /// Those for clients, and the one for peers.
  var everyCertificate: [CertificateFiles] {
    certificates + [peerCertificate].compactMap(\.self)
  }

  /// All of them, for watching.
  var all: [String] {
    let single = [
      map, partitions, roundrobin, rules, secret, trust, peerAuthority, peerSecret, adminToken,
      followers,
    ]
    return single.compactMap(\.self) + everyCertificate.flatMap { [$0.chain, $0.key] }
      + plugins.flatMap(\.all)
  }
}

/// Where a certificate is.
struct CertificateFiles: Hashable {
  let chain: String
  let key: String

  /// Reads both files.
  func load() throws(Refusal) -> Certificate {
    do {
      return try Certificate(chainPath: chain, keyPath: key)
    } catch {
      throw Refusal(["\(error)"])
    }
  }
}

/// The text files among them, as read; nil: not needed, or not readable.
struct TextFiles: Equatable {
  var partitions: [UInt8]?
  var roundrobin: [UInt8]?
  var rules: [UInt8]?
  var secret: [UInt8]?
  var trust: [UInt8]?
  var peerAuthority: [UInt8]?
  var peerSecret: [UInt8]?
  var adminToken: [UInt8]?
  var followers: [UInt8]?

  /// Reads all that are needed, and a line for each that could not be read.
  static func read(_ paths: FilePaths) -> (TextFiles, unreadable: [String]) {
    var unreadable: [String] = []
    func contents(_ path: String?) -> [UInt8]? {
      guard let path else { return nil }
      guard FileStamp.isReadable(path: path) else {
        unreadable.append("\(path): expected a regular file")
        return nil
      }
      do {
        return try Descriptor.contents(of: path)
      } catch {
        unreadable.append("\(error)")
        return nil
      }
    }
    let texts = TextFiles(
      partitions: contents(paths.partitions), roundrobin: contents(paths.roundrobin),
      rules: contents(paths.rules), secret: contents(paths.secret),
      trust: contents(paths.trust), peerAuthority: contents(paths.peerAuthority),
      peerSecret: contents(paths.peerSecret), adminToken: contents(paths.adminToken),
      followers: contents(paths.followers))
    return (texts, unreadable)
  }

  /// What could not be read, as it was.
  func filling(from last: TextFiles) -> TextFiles {
    TextFiles(
      partitions: partitions ?? last.partitions, roundrobin: roundrobin ?? last.roundrobin,
      rules: rules ?? last.rules, secret: secret ?? last.secret, trust: trust ?? last.trust,
      peerAuthority: peerAuthority ?? last.peerAuthority,
      peerSecret: peerSecret ?? last.peerSecret,
      adminToken: adminToken ?? last.adminToken, followers: followers ?? last.followers)
  }
}
