extension Configuration {
  /// Whether answers hide who is a user: provider `hash` has a secret, and takes whoever nobody knows.
  public var concealsUsers: Bool {
    hashSecretPath != nil && providers.first(where: \.takesEverybody) == .hash
  }

  /// What lets anybody tell by an answer, or by its delay, who is a user: nothing is wrong with it where that is meant.
  /// Empty: nothing does.
  public func disclosures() -> [Complaint] {
    ConfigurationComplaint.sorted(openChain() + guessableHash() + shortCover())
  }

  /// Unknown users are refused, or dealt with in turn.
  private func openChain() -> [ConfigurationComplaint] {
    let place = places.place(of: .provider)
    switch providers.first(where: \.takesEverybody) {
    case .hash:
      return []
    case .roundrobin:
      return [
        ConfigurationComplaint(
          place,
          "provider `roundrobin` sends an unknown user to another node each time, so anybody can tell "
            + "by the answers who is a user; expected `hash` at the end of the chain")
      ]
    default:
      return [
        ConfigurationComplaint(
          place,
          "no provider `hash` in `redirect.provider`, so anybody can tell by an answer who is a user; "
            + "expected it at the end of the chain")
      ]
    }
  }

  private func guessableHash() -> [ConfigurationComplaint] {
    guard providers.contains(.hash), hashSecretPath == nil else { return [] }
    return [
      ConfigurationComplaint(
        places.place(of: .hashSecret),
        "provider `hash` has no secret, so anybody can tell by an answer who is a user; expected "
          + "`redirect.hash.secret = FILE`")
    ]
  }

  /// Peers and plug-ins are asked only about users whom the map does not know, and take their time.
  private func shortCover() -> [ConfigurationComplaint] {
    let asked = providers.prefix { !$0.takesEverybody }
    let place = places.place(of: .cover)
    var complaints: [ConfigurationComplaint] = []
    if asked.contains(.peers), !peers.addresses.isEmpty, cover < peers.budget {
      complaints.append(
        ConfigurationComplaint(
          place,
          "answers about users whom peers are asked for come later than others, so anybody can tell by "
            + "the delay who is in the map; expected `redirect.cover` of at least "
            + "`redirect.peers.budget` (\(peers.budget))"))
    }
    if asked.contains(where: \.isPlugin), cover == .zero {
      complaints.append(
        ConfigurationComplaint(
          place,
          "answers about users whom plug-ins are asked for come later than others, so anybody can tell "
            + "by the delay who is in the map; expected a `redirect.cover` longer than plug-ins take"
        ))
    }
    return complaints
  }
}
