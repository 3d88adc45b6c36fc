import Shared
import Testing

/// What is wrong with a configuration, a line each.
func complaints(
  _ text: String, environment: [(name: String, value: String)] = [],
  flags: [(key: String, value: String)] = []
) -> [String] {
  do throws(Complaints) {
    _ = try Configuration(
      parsing: text, file: "redirect.conf", environment: environment, flags: flags)
    return []
  } catch {
    return error.all.map(\.description)
  }
}

/// A configuration that is right.
func configuration(
  _ text: String, environment: [(name: String, value: String)] = [],
  flags: [(key: String, value: String)] = []
) throws -> Configuration {
  try Configuration(parsing: text, file: "redirect.conf", environment: environment, flags: flags)
}

@Suite("Configuration")
struct ConfigurationTests {
  @Test("nothing said: the defaults")
  func defaults() throws {
    let configuration = try configuration("")
    #expect(configuration.domains == [])
    #expect(configuration.profile == .nodeprep)
    #expect(configuration.providers == [.db, .peers, .hash])
    #expect(configuration.nodes == [])
    #expect(configuration.mode == .auto)
    #expect(configuration.early == false)
    #expect(configuration.mapPath == "redirect.mdb")
    #expect(configuration.partitionsPath == "redirect.partitions")
    #expect(configuration.partitionSize == 5000)
    #expect(configuration.usesPrivateCopy == false)
    #expect(configuration.roundrobinPath == "redirect.partitions")
    #expect(configuration.rulesPath == "redirect.regex")
    #expect(configuration.hashSecretPath == nil)
    #expect(configuration.health.steady == .seconds(1))
    #expect(configuration.listeners == [])
    #expect(configuration.certificates == [])
    #expect(configuration.minimumTLS == .tls12)
    #expect(configuration.limits.bytes == 8192)
    #expect(configuration.limits.elements == 32)
    #expect(configuration.limits.depth == 8)
    #expect(configuration.limits.step == .seconds(5))
    #expect(configuration.limits.total == .seconds(15))
    #expect(configuration.workers == 0)
    #expect(configuration.drainDelay == .seconds(5))
    #expect(configuration.drainTimeout == .seconds(30))
    #expect(configuration.reloadPoll == .milliseconds(250))
    #expect(configuration.logLevel == .info)
    #expect(configuration.logFormat == .text)
  }

  @Test("the original's example is read as it is")
  func original() throws {
    let configuration = try configuration(
      """
      ! iim.conf
      iim_server.redirect.provider="db,roundrobin"
      iim_server.redirect.to=imserverA,imserverB
      iim_server.redirect.to.imserverA.host=iimA.siroe.com
      iim_server.redirect.to.imserverB.host=iimB.siroe.com
      iim_server.redirect.to.imserverB.usessl=true
      iim_server.redirect.db.users=redirect.db
      iim_server.redirect.db.partitionsize=4000
      iim_server.redirect.roundrobin.partitions=/rr.partitions
      iim_server.redirect.pollfrequency=5
      """)
    #expect(configuration.providers == [.db, .roundrobin])
    #expect(configuration.nodes.map(\.name) == ["imserverA", "imserverB"])
    #expect(
      configuration.nodes.map(\.host.description) == ["iima.siroe.com:5222", "iimb.siroe.com:5223"])
    #expect(configuration.nodes.map(\.usesTLS) == [false, true])
    #expect(configuration.mapPath == "redirect.db")
    #expect(configuration.partitionSize == 4000)
    #expect(configuration.roundrobinPath == "/rr.partitions")
    #expect(configuration.health.steady == .seconds(300))
  }

  @Test("values")
  func values() throws {
    #expect(try configuration("redirect.early = YES").early == true)
    #expect(try configuration("redirect.early = on").early == true)
    #expect(try configuration("redirect.early = off").early == false)
    #expect(try configuration("redirect.db.private = copy").usesPrivateCopy == true)
    #expect(try configuration("jid.profile = precis").profile == .precis)
    #expect(try configuration("tls.minimum = 1.3").minimumTLS == .tls13)
    #expect(try configuration("limit.step = 750ms").limits.step == .milliseconds(750))
    #expect(try configuration("limit.total = 1m").limits.total == .seconds(60))
    #expect(try configuration("drain.delay = 0").drainDelay == .zero)
    #expect(try configuration("drain.delay = 0s").drainDelay == .zero)
    #expect(try configuration("reload.poll = 1h").reloadPoll == .seconds(3600))
    #expect(try configuration("redirect.pollfrequency = 500ms").health.steady == .milliseconds(500))
    #expect(try configuration("redirect.pollfrequency = 2").health.steady == .seconds(120))
    #expect(try configuration("workers = 3").workers == 3)
    #expect(try configuration("log.level = critical").logLevel == .critical)
    #expect(try configuration("log.format = json").logFormat == .json)
    #expect(try configuration("redirect.provider = regex , hash").providers == [.regex, .hash])
    #expect(try configuration("redirect.hash.secret = keys/secret").hashSecretPath == "keys/secret")
    #expect(
      try configuration("redirect.db.partitions = p\nredirect.roundrobin.partitions = q")
        .roundrobinPath == "q")
    #expect(try configuration("redirect.db.partitions = p").roundrobinPath == "p")
    #expect(try configuration("limit.address.rate = 0").limits.addressRate == 0)
  }
}
