/// What the edge says in HTTP, whole answers after which it closes.
enum HTTPAnswer {
  /// Lets pages of any origin read the answer: nobody logs in by cookie here, so there is nothing to protect by origin.
  private static let anyOrigin = "Access-Control-Allow-Origin: *\r\n"

  /// A refusal in words for people.
  static func refuse(
    _ status: String, _ reason: String, fields: String = "", to output: inout [UInt8]
  ) {
    output.say("HTTP/1.1 \(status)\r\nContent-Type: text/plain; charset=utf-8\r\n")
    output.say("Content-Length: \(reason.utf8.count + 1)\r\n\(fields)\(anyOrigin)")
    output.say("Connection: close\r\n\r\n\(reason)\n")
  }

  /// The same for a head that is none.
  static func refuse(_ fault: HTTPHead.Fault, to output: inout [UInt8]) {
    switch fault {
    case .malformed: refuse("400 Bad Request", "not an HTTP/1.1 request", to: &output)
    case .tooLarge:
      refuse("431 Request Header Fields Too Large", "the request's head is too large", to: &output)
    }
  }

  /// Makes the answer of a BOSH request of the XML that stands in `output` behind `start`.
  static func wrap(from start: Int, _ output: inout [UInt8]) {
    var head: [UInt8] = []
    head.say("HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n")
    head.say("Content-Length: \(output.count - start)\r\nCache-Control: no-store\r\n")
    head.say("\(anyOrigin)Connection: close\r\n\r\n")
    output.insert(contentsOf: head, at: start)
  }

  /// What a browser asks before a page may send to another origin (Fetch standard, "CORS-preflight request").
  static func preflight(to output: inout [UInt8]) {
    output.say("HTTP/1.1 204 No Content\r\n\(anyOrigin)")
    output.say("Access-Control-Allow-Methods: POST, OPTIONS\r\n")
    output.say("Access-Control-Allow-Headers: Content-Type\r\nAccess-Control-Max-Age: 86400\r\n")
    output.say("Connection: close\r\n\r\n")
  }
}
