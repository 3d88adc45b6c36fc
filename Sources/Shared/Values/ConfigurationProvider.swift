/// One step of the look-up chain.
public enum Provider: String, Sendable, CaseIterable {
  /// The map, then the partitions file.
  case db
  /// Other edges; there are none in this version, so it is skipped.
  case peers
  /// The rules.
  case regex
  /// The partitions in turn.
  case roundrobin
  /// Weighted rendezvous hashing over the nodes' names.
  case hash
}

extension ConfigurationValue where Value == Configuration.Mode {
  static var mode: Self { .word(notYet: ["relay", "auto", "observe"]) }
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
