/// A value that somebody gave to a key, and where.
struct ConfigurationSetting: Sendable {
  /// Where a value was given; places order as complaints should.
  struct Place: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Line of the file; what comes from elsewhere goes behind all lines.
    let line: Int
    let description: String

    init(_ place: SourcePlace) {
      line = place.line
      description = place.description
    }

    /// A flag, an environment variable, or a file as a whole.
    init(_ description: String) {
      line = .max
      self.description = description
    }

    static func < (first: Place, second: Place) -> Bool { first.line < second.line }
  }

  let key: ConfigurationKey
  /// The node, listener, domain or plug-in that the key names; empty for keys that name none.
  let part: String
  let value: String
  let place: Place

  /// The whole name of the key, without `iim_server.`.
  var name: String { key.named(part) }
}

/// A complaint that knows its line, so that all can be told in the order of the file.
struct ConfigurationComplaint: Sendable {
  let place: ConfigurationSetting.Place
  let message: String

  init(_ place: ConfigurationSetting.Place, _ message: String) {
    self.place = place
    self.message = message
  }

  /// The complaints in the order of the file; those without a line last.
  static func sorted(_ complaints: [ConfigurationComplaint]) -> [Complaint] {
    complaints.enumerated()
      .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
      .map { Complaint(place: $0.element.place.description, message: $0.element.message) }
  }
}
