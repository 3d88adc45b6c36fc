extension ConfigurationKey {
  /// The key of this name, and what stands for its free part.
  static func find(_ name: String) -> (key: ConfigurationKey, part: String)? {
    // Keys without a free part first: `tls.key` is no domain's. Of the others the longest: the
    // name that a free part takes shall be the shortest.
    for key in plain where key.name == name { return (key, "") }
    for key in withPart {
      if let part = key.part(of: name) { return (key, part) }
    }
    return nil
  }

  /// The known name that differs least from one that is unknown; nil if none is near.
  static func nearest(to name: String) -> String? {
    guard name.utf8.count <= longestName else { return nil }
    let most = name.utf8.count < 8 ? 2 : mostSlips
    var best: (name: String, distance: Int)?
    for candidate in plain.map(\.name) + withPart.map({ $0.like(name) }) {
      let distance = distance(Array(name.lowercased().utf8), Array(candidate.utf8))
      if distance <= most, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// What the free part should have been; nil if it is right.
  func fault(ofPart part: String) -> String? {
    guard hasFreePart else { return nil }
    switch ends.prefix {
    case Self.nodeHost.ends.prefix: return ConfigurationName.node.fault(part)
    case Self.listenerAddress.ends.prefix: return ConfigurationName.listener.fault(part)
    case Self.pluginConfiguration.ends.prefix: return ConfigurationName.plugin.fault(part)
    // Whether it is a domain depends on the profile, which is not known yet.
    default: return nil
    }
  }

  /// Names that differ in more letters are other words.
  private static let mostSlips = 3

  /// Longer names are garbage, and the distance takes their length squared.
  private static let longestName = 128

  private static let plain = all.filter { !$0.hasFreePart }

  private static let withPart = all.filter(\.hasFreePart)
    .sorted { $0.ends.suffix.utf8.count > $1.ends.suffix.utf8.count }

  /// This key's name with the free part that `name` seems to have.
  private func like(_ name: String) -> String {
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    let before = ends.prefix.split(separator: ".").count
    let after = ends.suffix.split(separator: ".").count
    guard words.count > before + after else { return self.name }
    return named(words[before..<(words.count - after)].joined(separator: "."))
  }

  /// Levenshtein's distance.
  private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var row = Array(0...second.count)
    for (i, a) in first.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in second.enumerated() {
        let substituted = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[second.count]
  }
}
