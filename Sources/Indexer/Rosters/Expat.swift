import CExpat

/// The one place that talks to expat: picks the roster skeleton out of an XEP-0227 document.
///
/// Refused: document type declarations, and with them every entity but XML's own five (RFC 6120
/// section 11.1 forbids them in XMPP, and no exporter writes them), so no input can expand.
@safe final class Expat {
  private let parser: OpaquePointer
  /// What was found since the last `removeAll`.
  var events = XMLRosterEvents()
  /// Why parsing was stopped from inside; the line is the parser's.
  private var refusal: String?
  /// The skeleton elements that are open, then how many elements of no interest.
  private var path: [XMLRosterPlace]
  private var skipped = 0
  private var fed = 0
  /// What the outermost element is, once it was seen and if it belongs to XEP-0227.
  private(set) var root: XMLRosterPlace?

  /// Between namespace and name; cannot occur in XML.
  private static let separator: UInt8 = 1
  /// Far beyond real documents (a vCard has five levels); bounds expat's stack of open elements.
  private static let mostDepth = 512

  /// - Parameter place: What the document is part of: an included file continues another.
  init(inside place: XMLRosterPlace) {
    guard let parser = unsafe XML_ParserCreateNS(nil, XML_Char(Self.separator)) else {
      fatalError("expat: out of memory")
    }
    unsafe self.parser = parser
    path = [place]
    unsafe XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    unsafe XML_SetElementHandler(
      parser,
      { data, name, attributes in
        guard let data = unsafe data, let name = unsafe name else { return }
        let expat = unsafe Unmanaged<Expat>.fromOpaque(data).takeUnretainedValue()
        unsafe expat.open(name, attributes)
      },
      { data, _ in
        guard let data = unsafe data else { return }
        unsafe Unmanaged<Expat>.fromOpaque(data).takeUnretainedValue().close()
      })
    unsafe XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
      guard let data = unsafe data else { return }
      unsafe Unmanaged<Expat>.fromOpaque(data).takeUnretainedValue()
        .refuse("a document type declaration; expected plain XML without one")
    }
  }

  deinit { unsafe XML_ParserFree(parser) }

  /// The line that the parser has reached, from 1.
  var line: Int { unsafe Int(XML_GetCurrentLineNumber(parser)) }

  /// Parses the next piece; nil, or what is wrong.
  func parse(_ chunk: Span<UInt8>, isLast: Bool) -> String? {
    fed += chunk.count
    let status = unsafe chunk.withUnsafeBufferPointer { buffer in
      unsafe buffer.withMemoryRebound(to: XML_Char.self) { characters in
        unsafe XML_Parse(parser, characters.baseAddress, Int32(characters.count), isLast ? 1 : 0)
      }
    }
    if let refusal { return refusal }
    guard status == XML_STATUS_OK else {
      let text = unsafe XML_ErrorString(XML_GetErrorCode(parser)).map { unsafe String(cString: $0) }
      return "not well-formed XML (\(text ?? "unknown error"))"
    }
    let done = unsafe Int(XML_GetCurrentByteIndex(parser))
    if !isLast, fed - max(done, 0) > mostBytesAtOnce {
      return "a tag or comment of over \(mostBytesAtOnce) bytes"
    }
    return nil
  }

  private func open(
    _ name: UnsafePointer<XML_Char>, _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
  ) {
    guard refusal == nil, let place = path.last else { return }
    if skipped > 0 {
      skipped += 1
      if path.count + skipped > Self.mostDepth {
        refuse("elements nested more than \(Self.mostDepth) deep")
      }
      return
    }
    let element = unsafe Element(name)
    let attributes = unsafe Attributes(first: attributes)
    if path.count == 1, root == nil { root = element.place }
    switch (place, element) {
    case (.document, .serverData):
      path.append(.serverData)
    case (.document, .host), (.serverData, .host):
      guard let jid = attributes.copy("jid", to: &events.bytes) else {
        return refuse("a <host/> without a jid")
      }
      add(.host(jid: jid))
      path.append(.host)
    case (.host, .user):
      guard let name = attributes.copy("name", to: &events.bytes) else {
        return refuse("a <user/> without a name")
      }
      add(.user(name: name))
      path.append(.user)
    case (.user, .rosterQuery):
      path.append(.roster)
    case (.roster, .item):
      guard let jid = attributes.copy("jid", to: &events.bytes) else {
        return refuse("a roster <item/> without a jid")
      }
      add(.item(jid: jid, subscription: attributes.copy("subscription", to: &events.bytes)))
      path.append(.item)
    case (.serverData, .include), (.host, .include), (.user, .include):
      guard let href = attributes.copy("href", to: &events.bytes) else {
        return refuse("an XInclude without an href")
      }
      add(.include(href: href, inside: place))
      skipped = 1
    case (.document, _):
      refuse(
        """
        expected <server-data xmlns='urn:xmpp:pie:0'> of XEP-0227 as the first element; a file that \
        is part of another is read through that one
        """)
    case (.serverData, _) where path.count == 1, (.host, _) where path.count == 1,
      (.user, _) where path.count == 1:
      refuse("this file is included where it does not fit: expected the next level of XEP-0227")
    default:
      skipped = 1
    }
  }

  private func close() {
    if skipped > 0 { skipped -= 1 } else if path.count > 1 { path.removeLast() }
  }

  private func add(_ event: XMLRosterEvents.Event) { events.list.append((event, line)) }

  /// Stops the parser; `parse` returns the reason.
  private func refuse(_ reason: String) {
    guard refusal == nil else { return }
    refusal = reason
    _ = unsafe XML_StopParser(parser, XML_Bool(0))
  }

  /// An element's name, as far as it matters.
  private enum Element {
    case serverData, host, user, rosterQuery, item, include, other

    /// The level of XEP-0227 that the element opens.
    var place: XMLRosterPlace? {
      switch self {
      case .serverData: .serverData
      case .host: .host
      case .user: .user
      case .rosterQuery, .item, .include, .other: nil
      }
    }

    init(_ name: UnsafePointer<XML_Char>) {
      var text: [UInt8] = []
      unsafe text.append(terminated: name)
      let bytes = text.span
      guard let end = bytes.firstIndex(of: Expat.separator) else {
        self = .other
        return
      }
      let space = bytes.extracting(0..<end)
      let local = bytes.extracting((end + 1)..<bytes.count)
      if space.hasSameBytes(as: "jabber:iq:roster") {
        self =
          local.hasSameBytes(as: "item")
          ? .item : local.hasSameBytes(as: "query") ? .rosterQuery : .other
      } else if space.hasSameBytes(as: "http://www.w3.org/2001/XInclude") {
        self = local.hasSameBytes(as: "include") ? .include : .other
      } else if space.hasSameBytes(as: "urn:xmpp:pie:0")
        || space.hasSameBytes(as: "http://www.xmpp.org/extensions/xep-0227.html#ns")
      {
        self =
          local.hasSameBytes(as: "user")
          ? .user
          : local.hasSameBytes(as: "host")
            ? .host : local.hasSameBytes(as: "server-data") ? .serverData : .other
      } else {
        self = .other
      }
    }
  }

  /// An element's attributes: name, value, name, value, ..., null.
  @safe private struct Attributes {
    let first: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?

    init(first: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?) { unsafe self.first = first }

    /// Copies the value of attribute `name`, if there is one, behind `bytes`.
    func copy(_ name: String, to bytes: inout [UInt8]) -> Range<Int>? {
      guard var next = unsafe first else { return nil }
      while let key = unsafe next[0], let value = unsafe next[1] {
        if unsafe String(cString: key) == name {
          let start = bytes.count
          unsafe bytes.append(terminated: value)
          return start..<bytes.count
        }
        unsafe next += 2
      }
      return nil
    }
  }
}

extension Array where Element == UInt8 {
  /// Appends the characters before the zero byte.
  fileprivate mutating func append(terminated text: UnsafePointer<XML_Char>) {
    var next = unsafe text
    while unsafe next.pointee != 0 {
      unsafe append(UInt8(bitPattern: next.pointee))
      unsafe next += 1
    }
  }
}
