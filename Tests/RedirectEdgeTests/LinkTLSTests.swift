import Glibc
import Routing
import Testing

@testable import RedirectEdge

/// TLS on links, as the side that speaks first and as the other.
@Suite(.serialized) struct LinkTLSTests {
  /// Of nobody's authority, for `im.example`, for a hundred years.
  static let pem = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJsRi4eKGm21Pdxm2
    mmHw5YPqLwl2805d6BY6QClozHahRANCAAQsbKRlnLLF4kOgS5RtJPLaDW7hX4CY
    Na07OBG4MuszGg89ayneHSTn/skZgjEEN20y08SLcSKQgL67hJF4TSTB
    -----END PRIVATE KEY-----
    -----BEGIN CERTIFICATE-----
    MIIBlzCCAT6gAwIBAgIUGRi0R2mZoFkzUAl27MVTtSITtCYwCgYIKoZIzj0EAwIw
    FTETMBEGA1UEAwwKaW0uZXhhbXBsZTAgFw0yNjExMjExNjA2MDhaGA8yMTI2MTAy
    ODE2MDYwOFowFTETMBEGA1UEAwwKaW0uZXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
    SM49AwEHA0IABCxspGWcssXiQ6BLlG0k8toNbuFfgJg1rTs4Ebgy6zMaDz1rKd4d
    JOf+yRmCMQQ3bTLTxItxIpCAvruEkXhNJMGjajBoMB0GA1UdDgQWBBS9wB7Pho2f
    YoM2UFXCNxayK5XlJzAfBgNVHSMEGDAWgBS9wB7Pho2fYoM2UFXCNxayK5XlJzAP
    BgNVHRMBAf8EBTADAQH/MBUGA1UdEQQOMAyCCmltLmV4YW1wbGUwCgYIKoZIzj0E
    AwIDRwAwRAIgRW70AXnWHZKC5VwkwFtGJ3jV2qAYiS7JaqHch3hM6OYCIDUsdUqU
    moJZsGYEj/NLXT+UbKhJSZPzGjkmgSNDpaGO
    -----END CERTIFICATE-----

    """

  /// Used on one thread at a time: the suite is serialized.
  nonisolated(unsafe) static let server: TLSContexts = {
    let path = "/tmp/redirect-edge-test-\(getpid()).pem"
    let file = fopen(path, "w")
    fputs(pem, file)
    fclose(file)
    defer { unlink(path) }
    let certificate = try! Certificate(chainPath: path, keyPath: path)
    return TLSContexts(
      TLSContexts.Settings(fallback: certificate, byDomain: [], minimumVersion: 0x0303))
  }()
  static let client = TLSClientContext(trust: nil)!

  /// Both ends of a connection; TLS begins when it is up.
  static func pair(_ loop: LinkLoop, name: String = "im.example") throws -> (Recorder, Recorder) {
    let (near, far) = try loop.pair()
    far.startTLS(TLSSession(context: server.context(for: [])!, wire: loop.wire)!)
    near.onOpened = {
      $0.startTLS(TLSSession(client: client.context, serverName: name, wire: loop.wire)!)
    }
    return (near, far)
  }

  @Test func bothWays() throws {
    let loop = try LinkLoop()
    let (near, far) = try Self.pair(loop)
    let much = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    near.onSecured = { $0.send(much) }
    far.onSecured = { $0.send(much) }
    #expect(loop.turn { near.bytes == much && far.bytes == much })
    #expect(near.happened == ["opened", "secured", "received"])
    #expect(far.happened == ["secured", "received"])
    // Nobody has signed it but itself.
    #expect(near.session?.distrust != nil)
    near.endOutput()
    #expect(loop.turn { far.isClosed && near.isClosed })
    #expect(far.happened.last == "ended: the connection was ended")
    #expect(loop.wire.output.isEmpty)
  }

  /// Many sessions use one wire in turn.
  @Test func manyAtOnce() throws {
    let loop = try LinkLoop()
    var pairs: [(Recorder, Recorder)] = []
    for number in 0..<40 {
      let pair = try Self.pair(loop)
      pair.0.onSecured = { $0.send([UInt8](repeating: UInt8(number), count: 5000)) }
      pairs.append(pair)
    }
    #expect(loop.turn { pairs.allSatisfy { $0.1.bytes.count == 5000 } })
    for (number, pair) in pairs.enumerated() {
      #expect(pair.1.bytes.allSatisfy { $0 == UInt8(number) })
    }
  }

  @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}hello", "\u{0}"])
  func garbageInsteadOfTLS(_ text: String) throws {
    let loop = try LinkLoop()
    let (near, far) = try loop.pair()
    far.startTLS(TLSSession(context: Self.server.context(for: [])!, wire: loop.wire)!)
    near.onOpened = {
      $0.send(Array(text.utf8))
      $0.endOutput()
    }
    #expect(loop.turn { far.isClosed })
    #expect(far.happened.count == 1 && far.happened[0].hasPrefix("ended: "))
    #expect(!far.happened.contains("secured"))
    #expect(loop.wire.output.isEmpty)
    // The next session has nothing of it.
    let (third, fourth) = try Self.pair(loop)
    third.onSecured = { $0.send([9]) }
    #expect(loop.turn { fourth.bytes == [9] })
  }

  @Test func aServerWithoutTLS() throws {
    let loop = try LinkLoop()
    let (near, far) = try loop.pair()
    far.onReceived = { $0.send(Array("<stream:stream>".utf8)) }
    near.onOpened = {
      $0.startTLS(TLSSession(client: Self.client.context, serverName: "", wire: loop.wire)!)
    }
    #expect(loop.turn { near.isClosed })
    #expect(near.happened.last?.hasPrefix("ended: TLS: ") == true, "\(near.happened)")
  }

  /// What is sent before the handshake is done cannot go out, and does not go out in plain text.
  @Test func tooEarly() throws {
    let loop = try LinkLoop()
    let (near, far) = try loop.pair()
    near.onOpened = {
      $0.startTLS(TLSSession(client: Self.client.context, serverName: "", wire: loop.wire)!)
      $0.send(Array("a secret".utf8))
    }
    #expect(loop.turn { near.isClosed && far.isClosed })
    #expect(!String(decoding: far.bytes, as: UTF8.self).contains("secret"))
    #expect(loop.wire.output.isEmpty)
  }
}
