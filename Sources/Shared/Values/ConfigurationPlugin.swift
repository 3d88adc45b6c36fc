extension Configuration {
  /// A provider that is a shared library.
  public struct Plugin: Sendable, Hashable {
    /// The name of its file without `.so`: in keys, in the log.
    public let name: String
    /// The library, as written.
    public let path: String
    /// The file with its own configuration, as written; nil: it has none.
    public let configurationPath: String?
  }
}

extension Configuration.Plugin {
  /// What ends the name of a library, and is no part of the plug-in's name.
  private static let ending = ".so"

  /// The chain of providers, and the plug-ins in it, in its order.
  static func readChain(
    _ reader: inout ConfigurationReader
  ) -> (providers: [Provider], plugins: [Configuration.Plugin]) {
    let place = reader.settings.setting(.provider)?.place ?? reader.settings.file
    let before = reader.complaints.count
    let words = reader.value(.provider, .list(of: .provider))
    var providers: [Provider] = []
    var plugins: [Configuration.Plugin] = []
    for word in words {
      switch word {
      case .named(let provider): providers.append(provider)
      case .path(let path):
        guard let plugin = read(path, place, plugins, &reader) else { continue }
        providers.append(.plugin(plugins.count))
        plugins.append(plugin)
      }
    }
    // Of a chain that is wrong nobody knows which plug-ins it should have had.
    if reader.complaints.count == before { complainAboutUnnamed(plugins.map(\.name), &reader) }
    return (providers, plugins)
  }

  private static func read(
    _ path: String, _ place: ConfigurationSetting.Place, _ others: [Configuration.Plugin],
    _ reader: inout ConfigurationReader
  ) -> Configuration.Plugin? {
    let name = name(ofFile: path)
    if let expected = ConfigurationName.plugin.fault(name) {
      reader.complain(
        place,
        "\(Excerpt(path)) in `redirect.provider` is no path of a plug-in; expected a file whose name "
          + "has, without `.so`, \(expected)")
      return nil
    }
    if let other = others.first(where: { $0.name == name }) {
      reader.complain(
        place,
        "\(Excerpt(path)) and \(Excerpt(other.path)) in `redirect.provider` are both named "
          + "`\(name)`; expected another file name (a symlink will do)")
      return nil
    }
    return Configuration.Plugin(
      name: name, path: path,
      configurationPath: reader.optional(.pluginConfiguration, of: name, .path))
  }

  /// `department` of `/usr/lib/department.so`.
  private static func name(ofFile path: String) -> String {
    let slash = UInt8(ascii: "/")
    let file = path.utf8.lastIndex(of: slash).map { path.utf8.index(after: $0) }
    let name = path[(file ?? path.startIndex)...]
    return String(name.hasSuffix(ending) ? name.dropLast(ending.count) : name)
  }

  private static func complainAboutUnnamed(
    _ names: [String], _ reader: inout ConfigurationReader
  ) {
    let named = names.isEmpty ? "no plug-in" : ConfigurationText.list(names)
    for setting in reader.settings.all(.pluginConfiguration) where !names.contains(setting.part) {
      reader.complain(
        setting.place,
        "\(Excerpt(setting.name)) is of a plug-in that redirect.provider does not name; it names "
          + named)
    }
  }
}
