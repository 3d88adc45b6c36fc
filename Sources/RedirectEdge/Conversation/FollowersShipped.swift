extension Followers {
  /// What clients call themselves in `<software/>` whose source says that they go where they are sent: Conversations, and two
  /// that are made of it. Others that follow leave the name to the application.
  static let shippedSoftware = ["Conversations", "Cheogram", "monocles chat"]

  static let shippedShapes: [String] = []
}
