import MapFile
import Shared

/// What a map promises by itself and to the configuration.
struct MapCheck {
  let map: Map
  let configuration: Configuration

  func run(_ findings: inout Findings) {
    guard let reader = try? MapReader(map) else { return }
    var notCanonical = 0
    var foreign: [String: UInt64] = [:]
    var sizes: [Partition: UInt64] = [:]
    var domain: [UInt8] = []
    let hosted = Set(configuration.domains.map(\.bytes))
    let profile = configuration.profile
    reader.forEachUser { user, partition in
      sizes[partition, default: 0] += 1
      if !CanonicalJID.isCanonical(user, profile: profile) {
        notCanonical += 1
        if notCanonical <= Findings.mostOfAKind {
          findings.violate(
            map.path,
            "`\(Self.text(user))` is not canonical (profile \(profile.rawValue)); compile it anew")
        }
      }
      if !hosted.isEmpty {
        Self.takeDomain(of: user, into: &domain)
        if !hosted.contains(domain) {
          foreign[String(decoding: domain, as: UTF8.self), default: 0] += 1
        }
      }
    }
    if notCanonical > Findings.mostOfAKind {
      findings.violate(map.path, "\(notCanonical) users in all are not canonical")
    }
    check(sizes, &findings)
    for (domain, count) in foreign.sorted(by: { $0.key < $1.key }).prefix(Findings.mostOfAKind) {
      findings.warn(
        map.path,
        "\(count) users of `\(domain)`, which is not in `domains`: no stream to it is answered")
    }
    checkPrimaries(&findings)
  }

  private func check(_ sizes: [Partition: UInt64], _ findings: inout Findings) {
    let limit = UInt64(configuration.partitionSize)
    let tooLarge = sizes.filter { $0.value > limit }.sorted { $0.key < $1.key }
    for (partition, count) in tooLarge.prefix(Findings.mostOfAKind) {
      findings.violate(
        map.path,
        "partition \(partition) has \(count) users; expected at most \(limit) "
          + "(redirect.db.partitionsize)")
    }
    if tooLarge.count > Findings.mostOfAKind {
      findings.violate(map.path, "\(tooLarge.count) partitions in all are larger than \(limit)")
    }
    for (partition, count) in sizes.sorted(by: { $0.key < $1.key })
    where partition == 0 || partition > map.partitions {
      findings.violate(
        map.path, "\(count) users in partition \(partition); expected 1 to \(map.partitions)")
    }
  }

  private func checkPrimaries(_ findings: inout Findings) {
    guard let primaries = map.header.primaries, primaries.count != Int(map.partitions) else {
      return
    }
    findings.violate(
      map.path,
      "its header names \(primaries.count) primaries; expected \(map.partitions), one a partition")
  }

  private static func takeDomain(of user: Span<UInt8>, into domain: inout [UInt8]) {
    domain.removeAll(keepingCapacity: true)
    guard let at = user.indices.first(where: { user[$0] == UInt8(ascii: "@") }) else { return }
    for place in (at + 1)..<user.count { domain.append(user[place]) }
  }

  private static func text(_ user: Span<UInt8>) -> String {
    String(decoding: user.indices.map { user[$0] }, as: UTF8.self)
  }
}
