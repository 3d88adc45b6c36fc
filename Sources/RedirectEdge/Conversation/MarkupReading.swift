/// Reads a whole piece and checks it against XML 1.0 and XML namespaces, whatever of it is used.
extension Markup {
  /// The most attributes of one element, so that looking for duplicates stays cheap. Real stream
  /// headers have up to eight.
  static let mostAttributes = 32

  /// Reads `bytes`: a start tag of a stream if `prefixes` is nil, else one child of the stream.
  mutating func read(_ bytes: Span<UInt8>, prefixes: StreamPrefixes?) throws(StreamError) {
    clear()
    do { _ = try UTF8Span(validating: bytes) } catch { throw .unsupportedEncoding }
    var index = 0
    while index < bytes.count {
      if bytes[index] != UInt8(ascii: "<") {
        index = try Self.checkText(in: bytes, at: index)
      } else if Self.byte(bytes, index + 1) == UInt8(ascii: "/") {
        index = try readEndTag(in: bytes, at: index)
      } else if Self.byte(bytes, index + 1) == UInt8(ascii: "!") {
        index = try Self.checkCharacterData(in: bytes, at: index)
      } else {
        index = try readStartTag(in: bytes, at: index, prefixes)
      }
    }
  }

  /// The qualified name in the stream's end tag.
  static func nameInEndTag(_ bytes: Span<UInt8>) throws(StreamError) -> (Range<Int>, colon: Int?) {
    do { _ = try UTF8Span(validating: bytes) } catch { throw .unsupportedEncoding }
    guard let (end, colon) = XML.qualifiedName(in: bytes, at: 2),
      byte(bytes, skipSpace(in: bytes, at: end)) == UInt8(ascii: ">")
    else { throw .notWellFormed }
    return (2..<end, colon)
  }

  // MARK: Tags

  private mutating func readStartTag(
    in bytes: Span<UInt8>, at start: Int, _ prefixes: StreamPrefixes?
  ) throws(StreamError) -> Int {
    guard let (nameEnd, colon) = XML.qualifiedName(in: bytes, at: start + 1) else {
      throw .notWellFormed
    }
    let depth = open.count
    let firstAttribute = attributes.count
    var index = nameEnd
    while true {
      let next = Self.skipSpace(in: bytes, at: index)
      let byte = Self.byte(bytes, next)
      if byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") {
        index = next
        break
      }
      guard next > index else { throw .notWellFormed }
      index = try readAttribute(in: bytes, at: next, since: firstAttribute, depth)
    }
    let isEmpty = bytes[index] == UInt8(ascii: "/")
    index += isEmpty ? 2 : 1
    for attribute in attributes[firstAttribute...] {
      guard let colon = attribute.colon else { continue }
      _ = try namespace(
        of: attribute.qualifiedName.lowerBound..<colon, in: bytes, prefixes)
    }
    let name = start + 1
    elements.append(
      Element(
        name: (colon.map { $0 + 1 } ?? name)..<nameEnd,
        namespace: try namespace(of: name..<(colon ?? name), in: bytes, prefixes),
        attributes: firstAttribute..<attributes.count, depth: depth, content: index..<index,
        qualifiedName: name..<nameEnd))
    if isEmpty {
      close(depth)
    } else {
      open.append(elements.count - 1)
    }
    return index
  }

  private mutating func readAttribute(
    in bytes: Span<UInt8>, at start: Int, since first: Int, _ depth: Int
  ) throws(StreamError) -> Int {
    guard let (nameEnd, colon) = XML.qualifiedName(in: bytes, at: start) else {
      throw .notWellFormed
    }
    let equals = Self.skipSpace(in: bytes, at: nameEnd)
    guard Self.byte(bytes, equals) == UInt8(ascii: "=") else { throw .notWellFormed }
    let opening = Self.skipSpace(in: bytes, at: equals + 1)
    let quote = Self.byte(bytes, opening)
    guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { throw .notWellFormed }
    let closing = try Self.checkValue(in: bytes, at: opening + 1, quote: quote)
    let attribute = Attribute(
      qualifiedName: start..<nameEnd, colon: colon, value: (opening + 1)..<closing)
    let name = bytes.extracting(attribute.qualifiedName)
    guard attributes.count - first < Self.mostAttributes else { throw .policyViolation }
    for other in attributes[first...] where bytes.extracting(other.qualifiedName).equals(name) {
      throw .notWellFormed
    }
    attributes.append(attribute)
    try bind(attribute, in: bytes, depth)
    return closing + 1
  }

  private mutating func readEndTag(in bytes: Span<UInt8>, at start: Int) throws(StreamError) -> Int
  {
    guard let element = open.popLast() else { throw .notWellFormed }
    let name = bytes.extracting(elements[element].qualifiedName)
    let nameEnd = start + 2 + name.count
    guard nameEnd < bytes.count, bytes.extracting((start + 2)..<nameEnd).equals(name) else {
      throw .notWellFormed
    }
    let index = Self.skipSpace(in: bytes, at: nameEnd)
    guard Self.byte(bytes, index) == UInt8(ascii: ">") else { throw .notWellFormed }
    elements[element].content = elements[element].content.lowerBound..<start
    close(open.count)
    return index + 1
  }

  // MARK: Namespaces

  /// The declarations of the element at `depth` end with it.
  private mutating func close(_ depth: Int) {
    while let last = bindings.last, last.depth >= depth { bindings.removeLast() }
  }

  /// Takes note if the attribute is a namespace declaration (XML-NAMES section 3).
  private mutating func bind(
    _ attribute: Attribute, in bytes: Span<UInt8>, _ depth: Int
  ) throws(StreamError) {
    let name = attribute.qualifiedName
    let namespace: Namespace
    let prefix: Range<Int>
    if let colon = attribute.colon {
      guard bytes.extracting(name.lowerBound..<colon).holds("xmlns") else { return }
      prefix = (colon + 1)..<name.upperBound
      namespace = Namespace(attribute.value, in: bytes)
      let text = bytes.extracting(prefix)
      guard !attribute.value.isEmpty, !text.holds("xmlns"), text.holds("xml") == (namespace == .xml)
      else { throw .notWellFormed }
    } else {
      guard bytes.extracting(name).holds("xmlns") else { return }
      prefix = name.lowerBound..<name.lowerBound
      namespace = Namespace(attribute.value, in: bytes)
      guard namespace != .xml else { throw .notWellFormed }
    }
    guard namespace != .xmlns else { throw .notWellFormed }
    bindings.append(Binding(prefix: prefix, namespace: namespace, depth: depth))
  }

  /// The namespace that a prefix (empty: none) is bound to. The default of a stream's children is the
  /// content namespace, which the header must have set to `jabber:client`.
  private func namespace(
    of prefix: Range<Int>, in bytes: Span<UInt8>, _ prefixes: StreamPrefixes?
  ) throws(StreamError) -> Namespace {
    let text = bytes.extracting(prefix)
    for binding in bindings.reversed() where bytes.extracting(binding.prefix).equals(text) {
      return binding.namespace
    }
    if prefix.isEmpty { return prefixes == nil ? .other : .client }
    if text.holds("xml") { return .xml }
    if text.holds("xmlns") { return .xmlns }
    guard let prefixes else { throw .notWellFormed }
    if prefixes.isStream(text) { return .streams }
    guard prefixes.hasOthers else { throw .notWellFormed }
    return .other
  }

  // MARK: Text

  private static func byte(_ bytes: Span<UInt8>, _ index: Int) -> UInt8 {
    index < bytes.count ? bytes[index] : 0
  }

  private static func skipSpace(in bytes: Span<UInt8>, at start: Int) -> Int {
    var index = start
    while index < bytes.count, XML.isSpace(bytes[index]) { index += 1 }
    return index
  }

  /// Checks an attribute's value; the place of its closing quote.
  private static func checkValue(
    in bytes: Span<UInt8>, at start: Int, quote: UInt8
  ) throws(StreamError) -> Int {
    var index = start
    while index < bytes.count, bytes[index] != quote {
      guard bytes[index] != UInt8(ascii: "<") else { throw .notWellFormed }
      index = try checkCharacter(in: bytes, at: index)
    }
    return index
  }

  /// Checks text up to the next `<`.
  private static func checkText(in bytes: Span<UInt8>, at start: Int) throws(StreamError) -> Int {
    var index = start
    while index < bytes.count, bytes[index] != UInt8(ascii: "<") {
      // XML 1.0 section 2.4: the end of a CDATA section does not stand in text.
      if bytes[index] == UInt8(ascii: "]"), bytes.extracting(index...).begins("]]>") {
        throw .notWellFormed
      }
      index = try checkCharacter(in: bytes, at: index)
    }
    return index
  }

  /// Checks a CDATA section; the scanner has seen that it is one, and that it ends.
  private static func checkCharacterData(
    in bytes: Span<UInt8>, at start: Int
  ) throws(StreamError) -> Int {
    var index = start + "<![CDATA[".utf8.count
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "]"), bytes.extracting(index...).begins("]]>") { break }
      let (value, length) = XML.scalar(in: bytes, at: index)
      guard XML.isCharacter(value) else { throw .notWellFormed }
      index += length
    }
    return index + "]]>".utf8.count
  }

  private static func checkCharacter(
    in bytes: Span<UInt8>, at index: Int
  ) throws(StreamError) -> Int {
    if bytes[index] == UInt8(ascii: "&") {
      return try XML.reference(in: bytes, at: index, before: bytes.count).end
    }
    let (value, length) = XML.scalar(in: bytes, at: index)
    guard XML.isCharacter(value) else { throw .notWellFormed }
    return index + length
  }
}
