/// What names of nodes, listeners and plug-ins may look like.
enum ConfigurationName {
  /// A node: dots are fine, a number alone is not, because rules and partitions tell them apart.
  case node
  /// A listener: no dots, because words with dots follow in its keys.
  case listener
  /// A plug-in: what files of libraries are called.
  case plugin

  /// Names stand in every line of the log.
  private static let longest = 64

  /// What was expected; nil if `name` is right.
  func fault(_ name: String) -> String? {
    let allowed = (1...Self.longest).contains(name.utf8.count) && name.utf8.allSatisfy(isAllowed)
    let isNumber = name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    switch self {
    case .node:
      return allowed && !isNumber
        ? nil : "1 to \(Self.longest) letters, digits, `-`, `_` and `.`, not digits alone"
    case .listener:
      return allowed ? nil : "1 to \(Self.longest) letters, digits, `-` and `_`"
    case .plugin:
      return allowed ? nil : "1 to \(Self.longest) letters, digits, `-`, `_` and `.`"
    }
  }

  private func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    case UInt8(ascii: "."): self != .listener
    default: false
    }
  }
}

extension Configuration {
  /// What was expected of the name of a node; nil if `name` is right.
  public static func nodeNameFault(_ name: String) -> String? { ConfigurationName.node.fault(name) }
}
