extension Configuration {
  /// A certificate with its key.
  public struct Certificate: Sendable, Equatable {
    /// The hosted domain that it is for; nil: for all that have none of their own.
    public let domain: Domain?
    /// PEM file with the certificate and its chain, as written.
    public let chain: String
    /// PEM file with the private key, as written.
    public let key: String
  }
}

extension Configuration.Certificate {
  /// The default certificate, then those of the domains in the order of the file.
  static func readAll(
    _ reader: inout ConfigurationReader, profile: JIDProfile, domains: [Domain]
  ) -> [Configuration.Certificate] {
    var certificates: [Configuration.Certificate] = []
    if let (chain, key) = readPair(.certificate, .key, "", &reader) {
      certificates.append(Configuration.Certificate(domain: nil, chain: chain, key: key))
    }
    var written: [Domain: String] = [:]
    for part in reader.settings.parts(of: [.domainCertificate, .domainKey]) {
      let pair = readPair(.domainCertificate, .domainKey, part, &reader)
      guard let domain = readDomain(part, &reader, profile, domains) else { continue }
      if let earlier = written.updateValue(part, forKey: domain) {
        reader.complain(
          place(part, reader.settings),
          "the certificate of domain `\(domain)` is named already "
            + "(\(place(earlier, reader.settings))); expected one")
      } else if let (chain, key) = pair {
        certificates.append(Configuration.Certificate(domain: domain, chain: chain, key: key))
      }
    }
    return certificates
  }

  /// Both files or none.
  private static func readPair(
    _ certificate: ConfigurationKey, _ key: ConfigurationKey, _ part: String,
    _ reader: inout ConfigurationReader
  ) -> (String, String)? {
    let settings = (
      reader.settings.setting(certificate, of: part), reader.settings.setting(key, of: part)
    )
    switch settings {
    case (let chain?, let key?): return (chain.value, key.value)
    case (nil, nil): return nil
    case (let one?, nil), (nil, let one?):
      let other = one.key == certificate ? key : certificate
      reader.complain(
        one.place,
        "\(Excerpt(one.name)) is alone; expected a line \(Excerpt("\(other.named(part)) = FILE")) with it"
      )
      return nil
    }
  }

  private static func readDomain(
    _ part: String, _ reader: inout ConfigurationReader, _ profile: JIDProfile, _ domains: [Domain]
  ) -> Domain? {
    let domain: Domain
    do throws(JIDError) {
      domain = try Domain(part, profile: profile)
    } catch {
      reader.complain(
        place(part, reader.settings), "\(Excerpt(part)) is no domain: \(error); expected tls.DOMAIN"
      )
      return nil
    }
    if !domains.isEmpty, !domains.contains(domain) {
      reader.complain(
        place(part, reader.settings),
        "domain `\(domain)` has a certificate, but is not hosted; expected one of domains: "
          + ConfigurationText.list(domains.map(\.description)))
    }
    return domain
  }

  private static func place(
    _ part: String, _ settings: ConfigurationSettings
  ) -> ConfigurationSetting.Place {
    let setting =
      settings.setting(.domainCertificate, of: part) ?? settings.setting(.domainKey, of: part)
    return setting?.place ?? settings.file
  }
}
