/// What can be asked at the admin port.
enum AdminRequest: Equatable {
  /// Is the process alive?
  case live
  /// Shall clients be sent here?
  case ready
  /// Every node and its state.
  case nodes
  /// Take a node out of service, or back into it.
  case drain(String)
  case activate(String)

  /// Why a request is none of these, as an HTTP status (RFC 9110 section 15).
  enum Fault: Error, Equatable {
    case notFound
    /// There is such a thing, and it is asked for by `allow`.
    case wrongMethod(allow: String)
  }

  /// Reads method and path; a query is not looked at.
  init(method: String, target: String) throws(Fault) {
    let path = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    let request: AdminRequest
    switch Array(parts) {
    case ["livez"]: request = .live
    case ["readyz"]: request = .ready
    case ["v1", "nodes"]: request = .nodes
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
    case .drain, .activate: true
    case .live, .ready, .nodes: false
    }
  }
}
