/// One step of the look-up chain.
public enum Provider: Sendable, Hashable {
  /// The map, then the partitions file.
  case db
  /// Other edges.
  case peers
  /// The rules.
  case regex
  /// The partitions in turn.
  case roundrobin
  /// Weighted rendezvous hashing over the nodes' names.
  case hash
  /// A shared library, by its index into `Configuration.plugins`.
  case plugin(Int)

  /// Whether it has a node for any name: no provider behind it is ever asked.
  public var takesEverybody: Bool { self == .roundrobin || self == .hash }

  /// True for plug-ins.
  public var isPlugin: Bool {
    if case .plugin = self { true } else { false }
  }
}

/// A provider as it is written in `redirect.provider`.
enum ProviderWord: Hashable, Sendable {
  /// One of those that have a name.
  case named(Provider)
  /// The path of a plug-in.
  case path(String)
}

extension ConfigurationValue where Value == ProviderWord {
  /// The name of a provider, or a path: it has a `/`, so that later versions can have more names.
  static var provider: Self {
    Self { text throws(ConfigurationFault) in
      if text.utf8.contains(UInt8(ascii: "/")) { return .path(text) }
      for (name, provider) in Provider.named where name == text { return .named(provider) }
      let names = Provider.named.map(\.name).joined(separator: ", ")
      throw ConfigurationFault(
        "one of \(names), or the path of a plug-in, with a `/` in it: `./NAME.so`")
    }
  }
}

extension Provider {
  /// Those that are part of every edge, by their names.
  fileprivate static let named: [(name: String, provider: Provider)] = [
    ("db", .db), ("peers", .peers), ("regex", .regex), ("roundrobin", .roundrobin), ("hash", .hash),
  ]
}

extension Configuration {
  /// What a provider is called: its word in `redirect.provider`, or the name of the plug-in.
  public func name(of provider: Provider) -> String {
    if case .plugin(let index) = provider { return plugins[index].name }
    return Provider.named.first { $0.provider == provider }?.name ?? ""
  }
}

extension ConfigurationValue where Value == Bool {
  /// `off` or `copy`.
  static var privateCopy: Self {
    Self { text throws(ConfigurationFault) in
      switch text {
      case "off": return false
      case "copy": return true
      default: throw ConfigurationFault("one of off, copy")
      }
    }
  }
}

extension ConfigurationValue where Value == Domain {
  /// A hosted domain, in any writing.
  static func domain(_ profile: JIDProfile) -> Self {
    Self { text throws(ConfigurationFault) in
      do throws(JIDError) {
        return try Domain(text, profile: profile)
      } catch {
        throw ConfigurationFault("a domain name (\(error))")
      }
    }
  }
}
