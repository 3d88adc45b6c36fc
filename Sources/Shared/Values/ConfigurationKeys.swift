extension ConfigurationKey {
  /// Keys that belong together, as the documentation shows them.
  public struct Section: Sendable {
    /// The headline.
    public let title: String
    /// A paragraph that goes before the keys.
    public let introduction: String
    /// The keys.
    public let keys: [ConfigurationKey]
  }

  /// Every key there is.
  public static let sections: [Section] = [
    routingSection, modeSection, nodeSection, healthSection, providerSection, peerSection,
    listenerSection,
    certificateSection, limitSection, processSection,
  ]

  /// Every key there is, in one row.
  public static let all: [ConfigurationKey] = sections.flatMap(\.keys)
}
