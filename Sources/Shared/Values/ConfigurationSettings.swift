/// All settings that count: flags beat environment beat file. Values are not looked at here.
struct ConfigurationSettings: Sendable {
  /// Every key may have the original's prefix.
  private static let optionalPrefix = "iim_server."

  /// The configuration file as a whole, for what stands nowhere.
  let file: ConfigurationSetting.Place
  private(set) var complaints: [ConfigurationComplaint] = []
  private var byName: [String: ConfigurationSetting] = [:]
  /// Names in the order of their first setting.
  private var names: [String] = []

  init(
    text: String, file: String, environment: [(name: String, value: String)],
    flags: [(key: String, value: String)]
  ) {
    self.file = ConfigurationSetting.Place(file)
    readFile(text, file)
    for (name, value) in environment { readVariable(name, value) }
    for (key, value) in flags {
      let place = ConfigurationSetting.Place("--set \(Excerpt.shown(key))")
      take(key, ConfigurationText.trim(value[...]), place, unique: false)
    }
    // An empty value is the default's other name, so that a flag can take a line of the file back.
    names.removeAll { byName[$0]?.value.isEmpty ?? true }
  }

  /// The setting of a key, nil if it has none.
  func setting(_ key: ConfigurationKey, of part: String = "") -> ConfigurationSetting? {
    guard let setting = byName[key.named(part)], !setting.value.isEmpty else { return nil }
    return setting
  }

  /// All settings of a key with a free part, in their order.
  func all(_ key: ConfigurationKey) -> [ConfigurationSetting] {
    names.compactMap { byName[$0] }.filter { $0.key == key }
  }

  /// The free parts for which any of the keys is set, in their order.
  func parts(of keys: [ConfigurationKey]) -> [String] {
    var parts: [String] = []
    for setting in names.compactMap({ byName[$0] })
    where keys.contains(setting.key) && !parts.contains(setting.part) {
      parts.append(setting.part)
    }
    return parts
  }

  // MARK: File

  private mutating func readFile(_ text: String, _ file: String) {
    let newline = UInt8(ascii: "\n")
    var number = 0
    for bytes in text.utf8.split(separator: newline, omittingEmptySubsequences: false) {
      number += 1
      var line = ConfigurationText.trim(Substring(bytes))
      if number == 1, line.unicodeScalars.first == "\u{feff}" {
        // Editors of other systems put a byte order mark there.
        line = ConfigurationText.trim(Substring(line.unicodeScalars.dropFirst()))
      }
      let first = line.utf8.first
      if first == nil || first == UInt8(ascii: "#") || first == UInt8(ascii: "!") { continue }
      readLine(line, ConfigurationSetting.Place(SourcePlace(file: file, line: number)))
    }
  }

  private mutating func readLine(_ line: Substring, _ place: ConfigurationSetting.Place) {
    guard let equals = line.utf8.firstIndex(of: UInt8(ascii: "=")) else {
      return complain(place, "\(Excerpt(line)) is no setting; expected `key = value`")
    }
    let key = ConfigurationText.trim(line[..<equals])
    let written = ConfigurationText.trim(line[line.utf8.index(after: equals)...])
    guard let value = Self.unquoted(written) else {
      return complain(
        place, "\(Excerpt(written)) begins with a quote; expected the same quote at its end only")
    }
    take(String(key), value, place, unique: true)
  }

  /// Without quotes around it; nil if they do not pair up.
  private static func unquoted(_ value: Substring) -> Substring? {
    guard let quote = value.utf8.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
    else { return value }
    let bytes = value.utf8.dropFirst()
    guard bytes.firstIndex(of: quote) == bytes.indices.last else { return nil }
    return bytes.isEmpty ? nil : Substring(bytes.dropLast())
  }

  // MARK: Environment

  private mutating func readVariable(_ name: String, _ value: String) {
    switch ConfigurationVariable(name) {
    case .foreign: return
    case .key(let key):
      let place = ConfigurationSetting.Place(Excerpt.shown(name))
      take(key.name, ConfigurationText.trim(value[...]), place, unique: false)
    case .keyWithPart(let key):
      complain(
        ConfigurationSetting.Place(Excerpt.shown(name)),
        "`\(key.name)` cannot be set by the environment, because a variable's name cannot tell the "
          + "part in <> exactly; expected it in the file or as --set")
    case .unknown(let nearest):
      let hint = nearest.map { "; the nearest is \($0)" } ?? ""
      complain(
        ConfigurationSetting.Place(Excerpt.shown(name)),
        "unknown variable; expected `\(ConfigurationVariable.prefix)` and a key in capitals\(hint)")
    }
  }

  // MARK: Settings

  private mutating func take(
    _ written: String, _ value: Substring, _ place: ConfigurationSetting.Place, unique: Bool
  ) {
    var name = written
    if name.hasPrefix(Self.optionalPrefix) { name.removeFirst(Self.optionalPrefix.count) }
    guard let (key, part) = ConfigurationKey.find(name) else {
      let nearest = ConfigurationKey.nearest(to: name)
      let hint =
        nearest.map { "expected perhaps \(Excerpt($0))" } ?? "expected a key of configuration.md"
      return complain(place, "unknown key \(Excerpt(written)); \(hint)")
    }
    if let expected = key.fault(ofPart: part) {
      return complain(place, "\(Excerpt(part)) in `\(key.name)` is no name; expected \(expected)")
    }
    if let earlier = byName[name] {
      if unique {
        return complain(
          place, "\(Excerpt(name)) is set in \(earlier.place) already; expected it once in the file"
        )
      }
    } else {
      names.append(name)
    }
    byName[name] = ConfigurationSetting(key: key, part: part, value: String(value), place: place)
  }

  private mutating func complain(_ place: ConfigurationSetting.Place, _ message: String) {
    complaints.append(ConfigurationComplaint(place, message))
  }
}
