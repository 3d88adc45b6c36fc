extension ByteSource {
  /// An href is a URI reference, but exporters write file names: the name as it stands comes first.
  static func open(included href: String, beside path: String)
    throws(ByteSource.Failure) -> ByteSource
  {
    do throws(ByteSource.Failure) {
      return try ByteSource.open(absolute(href, beside: path), waits: false)
    } catch {
      let decoded = percentDecoded(href)
      guard decoded != href else { throw error }
      return try ByteSource.open(absolute(decoded, beside: path), waits: false)
    }
  }

  private static func absolute(_ name: String, beside path: String) -> String {
    guard !name.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return name }
    return path[...slash] + name
  }

  private static func percentDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == 0x25, rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest.removeFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
