/// What an environment variable is to us.
///
/// `REDIRECT_EDGE_` and the key in capitals, dots and dashes as `_`. That cannot be undone for names of
/// nodes, listeners and domains, so keys that have one are not taken from the environment.
enum ConfigurationVariable {
  /// Not ours.
  case foreign
  /// This key.
  case key(ConfigurationKey)
  /// Meant for this key, whose free part it cannot tell.
  case keyWithPart(ConfigurationKey)
  /// Ours by its prefix, but no key; with the name that it may have meant.
  case unknown(nearest: String?)

  static let prefix = "REDIRECT_EDGE_"

  init(_ name: String) {
    guard name.hasPrefix(Self.prefix) else {
      self = .foreign
      return
    }
    if let key = Self.plain[name] {
      self = .key(key)
    } else if Self.isServiceLink(name) {
      self = .foreign
    } else if let key = Self.withPart(name) {
      self = .keyWithPart(key)
    } else {
      let rest = name.dropFirst(Self.prefix.count).lowercased().replacing("_", with: ".")
      self = .unknown(nearest: ConfigurationKey.nearest(to: rest).map(Self.capitals))
    }
  }

  /// The variable of a key.
  static func capitals(_ name: String) -> String {
    prefix + name.uppercased().replacing(".", with: "_").replacing("-", with: "_")
  }

  private static let plain: [String: ConfigurationKey] = Dictionary(
    uniqueKeysWithValues: ConfigurationKey.all.filter { !$0.hasFreePart }
      .map { (capitals($0.name), $0) })

  private static func withPart(_ name: String) -> ConfigurationKey? {
    ConfigurationKey.all.first { key in
      key.hasFreePart && name.hasPrefix(capitals(String(key.ends.prefix)))
        && name.hasSuffix(capitals(String(key.ends.suffix)).dropFirst(prefix.count))
    }
  }

  /// Kubernetes describes every Service to every container; one named `redirect-edge` makes
  /// `REDIRECT_EDGE_SERVICE_HOST`, `..._PORT`, `..._PORT_5222_TCP_ADDR` and their like.
  private static func isServiceLink(_ name: String) -> Bool {
    if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.hasSuffix("_PORT")
    {
      return true
    }
    let words = name.split(separator: "_")
    return zip(words, words.dropFirst()).contains { $0 == "PORT" && UInt16($1) != nil }
  }
}
