/// What was expected where a value cannot be used.
struct ConfigurationFault: Error {
  let expected: String
  init(_ expected: String) { self.expected = expected }
}

/// A kind of value: how its text is read.
struct ConfigurationValue<Value>: Sendable {
  let parse: @Sendable (String) throws(ConfigurationFault) -> Value
}

extension ConfigurationValue where Value == String {
  /// Any text.
  static var path: Self { Self { text throws(ConfigurationFault) in text } }

  /// The name of a node.
  static var nodeName: Self {
    Self { text throws(ConfigurationFault) in
      if let expected = ConfigurationName.node.fault(text) { throw ConfigurationFault(expected) }
      return text
    }
  }

  /// One of the words.
  static func word(_ words: [String]) -> Self {
    Self { text throws(ConfigurationFault) in
      guard words.contains(text) else {
        throw ConfigurationFault("one of " + words.joined(separator: ", "))
      }
      return text
    }
  }

  /// One way of writing the only value that this version supports; the first is told.
  static func only(_ values: [String]) -> Self {
    Self { text throws(ConfigurationFault) in
      guard values.contains(text.lowercased()) else {
        throw ConfigurationFault("\(values[0]), nothing else is supported in this version")
      }
      return text
    }
  }
}

extension ConfigurationValue where Value == WebAddress {
  /// A URL with one of the schemes and a host, as clients are told it.
  static func url(_ schemes: String...) -> Self {
    Self { text throws(ConfigurationFault) in
      guard let address = WebAddress(text, schemes: schemes) else {
        throw ConfigurationFault(
          "\(schemes.map { "`\($0)host[:port]/path`" }.joined(separator: " or ")) in ASCII")
      }
      return address
    }
  }
}

extension ConfigurationValue where Value == Bool {
  /// Yes or no in the usual words.
  static var truth: Self {
    Self { text throws(ConfigurationFault) in
      switch text.lowercased() {
      case "true", "yes", "on": return true
      case "false", "no", "off": return false
      default: throw ConfigurationFault("true, yes, on, false, no or off")
      }
    }
  }
}

extension ConfigurationValue where Value: FixedWidthInteger & Sendable {
  /// Plain decimal digits.
  static func number(_ range: ClosedRange<Value>) -> Self {
    Self { text throws(ConfigurationFault) in
      let isDigits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard isDigits, let number = Value(text), range.contains(number) else {
        throw ConfigurationFault("a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
  }
}

extension ConfigurationValue
where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
  /// One of the words of a type.
  static var word: Self {
    Self { text throws(ConfigurationFault) in
      guard let value = Value(rawValue: text) else {
        throw ConfigurationFault(
          "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return value
    }
  }
}

extension ConfigurationValue where Value == HostPort {
  /// `host[:port]` of a node.
  static func host(defaultPort: UInt16) -> Self {
    Self { text throws(ConfigurationFault) in
      guard let host = HostPort(text, defaultPort: defaultPort) else {
        throw ConfigurationFault(
          "`host[:port]`, a name in ASCII, an IPv4 address or [IPv6 address]")
      }
      return host
    }
  }

  /// `host:port` of a peer.
  static var hostWithPort: Self {
    Self { text throws(ConfigurationFault) in
      guard let host = HostPort(text, defaultPort: nil) else {
        throw ConfigurationFault(
          "`host:port`, the host a name in ASCII, an IPv4 address or [IPv6 address]")
      }
      return host
    }
  }

  /// An address to listen on.
  static var address: Self {
    Self { text throws(ConfigurationFault) in
      guard let address = HostPort(text, defaultPort: nil),
        address.isIPv6 || IPLiteral.isIPv4(address.host.utf8.span)
      else {
        throw ConfigurationFault("an IP address and a port, as 0.0.0.0:5222 or [::]:5222")
      }
      return address
    }
  }
}

extension ConfigurationValue {
  /// Values separated by commas, each once.
  static func list<Element: Hashable & Sendable>(of element: ConfigurationValue<Element>) -> Self
  where Value == [Element] {
    Self { text throws(ConfigurationFault) in
      var values: [Element] = []
      for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
        let entry = ConfigurationText.trim(entry)
        if entry.isEmpty {
          throw ConfigurationFault("values separated by commas, none of them empty")
        }
        let value: Element
        do throws(ConfigurationFault) {
          value = try element.parse(String(entry))
        } catch {
          throw ConfigurationFault("for \(Excerpt(entry)) \(error.expected)")
        }
        if values.contains(value) { throw ConfigurationFault("\(Excerpt(entry)) once") }
        values.append(value)
      }
      return values
    }
  }
}
