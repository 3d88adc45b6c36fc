/// What can be asked at the admin port.
enum AdminRequest: Equatable {
  /// Is the process alive?
  case live
  /// Shall clients be sent here?
  case ready
  /// Every number there is.
  case metrics
  /// Every node and its state.
  case nodes
  /// The map, and what is wrong with the files.
  case map
  /// Which node a user goes to, and why.
  case place(user: String)
  /// Read all files again.
  case refresh
  /// Take a node out of service, or back into it.
  case drain(String)
  case activate(String)

  /// Why a request is none of these, as an HTTP status (RFC 9110 section 15).
  enum Fault: Error, Equatable {
    case notFound
    /// It does not say for which user.
    case noUser
    /// There is such a thing, and it is asked for by `allow`.
    case wrongMethod(allow: String)
  }

  /// Reads method, path, and the query of those that have one.
  init(method: String, target: String) throws(Fault) {
    let path = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    let request: AdminRequest
    switch Array(parts) {
    case ["livez"]: request = .live
    case ["readyz"]: request = .ready
    case ["metrics"]: request = .metrics
    case ["v1", "nodes"]: request = .nodes
    case ["v1", "map"]: request = .map
    case ["v1", "refresh"]: request = .refresh
    case ["v1", "where"]:
      guard let user = Self.value(of: "user", in: target) else { throw .noUser }
      request = .place(user: user)
    case let parts where parts.count == 4 && parts[0] == "v1" && parts[1] == "nodes":
      switch parts[3] {
      case "drain": request = .drain(String(parts[2]))
      case "activate": request = .activate(String(parts[2]))
      default: throw .notFound
      }
    default: throw .notFound
    }
    guard request.isChange ? method == "POST" : method == "GET" || method == "HEAD" else {
      throw .wrongMethod(allow: request.isChange ? "POST" : "GET, HEAD")
    }
    self = request
  }

  /// Whether it changes something.
  var isChange: Bool {
    switch self {
    case .drain, .activate, .refresh: true
    case .live, .ready, .metrics, .nodes, .map, .place: false
    }
  }

  /// What a query says of a name, its percent-encoding undone (RFC 3986 section 2.1); nil: nothing, or no UTF-8.
  private static func value(of name: String, in target: String) -> String? {
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
    for pair in target.utf8[target.utf8.index(after: mark)...].split(separator: UInt8(ascii: "&")) {
      let sides = pair.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, sides[0].elementsEqual(name.utf8), !sides[1].isEmpty else { continue }
      return decoded(Array(sides[1]))
    }
    return nil
  }

  private static func decoded(_ bytes: [UInt8]) -> String? {
    var decoded: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "%") {
        let digits = bytes[(place + 1)...].prefix(2)
        guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
          let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        decoded.append(byte)
        place += 3
      } else {
        decoded.append(bytes[place])
        place += 1
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }
}
