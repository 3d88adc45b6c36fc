/// Takes values out of settings and gathers what is wrong with them.
struct ConfigurationReader {
  let settings: ConfigurationSettings
  private(set) var complaints: [ConfigurationComplaint]

  init(_ settings: ConfigurationSettings) {
    self.settings = settings
    complaints = settings.complaints
  }

  /// The value of a key that has a default. A wrong value is complained about and read as the default.
  mutating func value<Value>(
    _ key: ConfigurationKey, of part: String = "", _ kind: ConfigurationValue<Value>
  ) -> Value {
    if let value = optional(key, of: part, kind) { return value }
    guard case .value(let text) = key.fallback, let value = try? kind.parse(text) else {
      preconditionFailure("the default of \(key.name) is not right")
    }
    return value
  }

  /// The value of a key, nil if it is not set. A wrong value is complained about and read as not set.
  mutating func optional<Value>(
    _ key: ConfigurationKey, of part: String = "", _ kind: ConfigurationValue<Value>
  ) -> Value? {
    guard let setting = settings.setting(key, of: part) else { return nil }
    do throws(ConfigurationFault) {
      return try kind.parse(setting.value)
    } catch {
      complain(
        setting.place,
        "\(Excerpt(setting.name)) is \(Excerpt(setting.value)); expected \(error.expected)")
      return nil
    }
  }

  mutating func complain(_ place: ConfigurationSetting.Place, _ message: String) {
    complaints.append(ConfigurationComplaint(place, message))
  }
}
