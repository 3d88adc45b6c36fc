import ArgumentParser
import MapFile
import Shared

/// Where a running edge is asked, and how `rdadmin` proves that it may ask.
struct EdgeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Asks the running edge there (its redirect.peers.listen) instead of a map.",
      valueName: "host:port"))
  var edge: String?

  @Option(help: "With --edge: the certificate to show, as redirect.peers.certificate.")
  var certificate: String?

  @Option(help: "With --edge: its private key, as redirect.peers.key.")
  var key: String?

  @Option(help: "With --edge: the authority of all edges, as redirect.peers.ca.")
  var ca: String?

  @Option(help: "With --edge: the file with the shared secret, as redirect.peers.secret.")
  var secret: String?

  func validate() throws {
    let files = [certificate, key, ca]
    guard edge != nil else {
      guard files == [nil, nil, nil], secret == nil else {
        throw ValidationError("--certificate, --key, --ca and --secret go with --edge")
      }
      return
    }
    if files != [nil, nil, nil], files.contains(nil) {
      throw ValidationError("--certificate, --key and --ca belong together")
    }
    if certificate != nil, secret != nil {
      throw ValidationError("certificates or a secret; expected one of the two")
    }
  }

  /// The edge's address; nil without `--edge`.
  func address() throws -> HostPort? {
    guard let edge else { return nil }
    guard let address = HostPort(edge, defaultPort: nil) else {
      throw ValidationError("--edge \(edge): expected host:port")
    }
    return address
  }

  /// What flags say, or else the configuration.
  func identity(_ configuration: ConfigurationFile?) throws -> EdgeIdentity {
    if let certificate, let key, let ca {
      return .certificates(chain: certificate, key: key, authority: ca)
    }
    if let secret { return .secret(try Self.contents(of: secret)) }
    switch configuration?.configuration.peers.proof {
    case .certificates(let chain, let key, let authority):
      let resolve = configuration!.resolve
      return .certificates(
        chain: resolve(chain), key: resolve(key), authority: resolve(authority))
    case .secret(let path): return .secret(try Self.contents(of: configuration!.resolve(path)))
    case nil:
      throw ValidationError(
        "--edge needs --certificate, --key and --ca, or --secret, or -c with redirect.peers.*")
    }
  }

  private static func contents(of path: String) throws -> [UInt8] {
    do {
      return try Descriptor.contents(of: path)
    } catch {
      throw Output.complain(error.description, ExitStatus.noInput)
    }
  }
}

/// How `rdadmin` proves to an edge that it may ask.
enum EdgeIdentity {
  /// PEM files.
  case certificates(chain: String, key: String, authority: String)
  /// The contents of the file of the shared secret.
  case secret([UInt8])
}
