extension Followers {
  /// What clients call themselves in `<software/>` whose source says that they go where they are sent: Conversations, and two
  /// that are made of it. Others that follow leave the name to the application.
  ///
  /// No shape is among them. The only follower that was measured, Profanity 0.13.1 (Debian 12, with a saved account, by
  /// STARTTLS and by direct TLS; the log of the edge at level `debug` tells shapes), does byte for byte what any program with
  /// libstrophe 0.12.2 does, and a bare one does not follow: to take the shape for evidence would cost each of those its
  /// first attempt. Who has Profanity and no other such programs adds it to a file (docs/clients.md has the lines).
  static let shippedSoftware = ["Conversations", "Cheogram", "monocles chat"]
}
