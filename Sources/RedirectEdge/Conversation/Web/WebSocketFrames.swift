import Shared

/// The frames of one direction of a WebSocket (RFC 6455 section 5), cut out of bytes and put together to messages. A frame is
/// looked at when it is whole; no extension is ever agreed on.
struct WebSocketFrames {
  /// Who sends them: only a client's are masked (section 5.1).
  enum Sender { case client, server }

  /// What frames are about (section 5.2).
  enum Opcode: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10
  }

  /// Why a connection is closed (section 7.4.1).
  enum Code: UInt16 {
    case normal = 1000
    case protocolError = 1002
    case unsupportedData = 1003
    case notText = 1007
    case tooBig = 1009
  }

  enum Finding: Equatable {
    /// There is no whole frame.
    case incomplete
    /// A message is whole; it is in `message`.
    case message
    /// Something that does not matter here: part of a message, a pong.
    case nothing
    /// An answer is wanted; what it must repeat is in `control`.
    case ping
    /// The sender says goodbye.
    case close
    case failed(Code)
  }

  private let sender: Sender
  /// The message as far as it has come; the caller empties it when it has used it.
  private(set) var message: [UInt8] = []
  /// The payload of the last control frame: at most 125 bytes.
  private(set) var control: [UInt8] = []
  /// A message has begun.
  private var isInside = false

  init(from sender: Sender) {
    self.sender = sender
  }

  /// Looks at the frame at the beginning of `input` and says how many bytes it took; a message has at most `limit` bytes.
  mutating func next(_ input: Span<UInt8>, limit: Int) -> (Finding, count: Int) {
    guard input.count >= 2 else { return (.incomplete, 0) }
    let first = input[0]
    // Bits that only extensions give a meaning.
    guard first & 0x70 == 0, let opcode = Opcode(rawValue: first & 0x0f),
      (input[1] & 0x80 != 0) == (sender == .client)
    else { return (.failed(.protocolError), 0) }
    let isLast = first & 0x80 != 0
    guard let (length, lengthEnd) = Self.length(in: input) else { return (.incomplete, 0) }
    let isControl = opcode.rawValue >= Opcode.close.rawValue
    if isControl, !isLast || length > 125 { return (.failed(.protocolError), 0) }
    if !isControl, length > UInt64(limit - min(limit, message.count)) {
      return (.failed(.tooBig), 0)
    }
    let start = lengthEnd + (sender == .client ? 4 : 0)
    let end = start + Int(length)
    guard input.count >= end else { return (.incomplete, 0) }
    let mask = input.extracting(lengthEnd..<start)
    return (take(opcode, isLast, input.extracting(start..<end), mask), end)
  }

  /// The message was used.
  mutating func forget() {
    message.wipe()
  }

  /// The payload's length, and where it ends itself; nil: it is not there yet. That a length must not be written in more bytes
  /// than it needs (section 5.2) is not checked: nothing depends on it.
  private static func length(in input: Span<UInt8>) -> (UInt64, end: Int)? {
    let short = input[1] & 0x7f
    let size = short < 126 ? 0 : short == 126 ? 2 : 8
    guard input.count >= 2 + size else { return nil }
    guard size > 0 else { return (UInt64(short), 2) }
    var length: UInt64 = 0
    for index in 2..<(2 + size) { length = length << 8 | UInt64(input[index]) }
    return (length, 2 + size)
  }

  private mutating func take(
    _ opcode: Opcode, _ isLast: Bool, _ payload: Span<UInt8>, _ mask: Span<UInt8>
  ) -> Finding {
    switch opcode {
    case .ping, .pong, .close:
      control.removeAll(keepingCapacity: true)
      Self.append(payload, mask, to: &control)
      switch opcode {
      case .ping: return .ping
      case .close: return judgeGoodbye()
      default: return .nothing
      }
    case .binary:
      // RFC 7395 section 3.2: the subprotocol has text only.
      return .failed(.unsupportedData)
    case .text, .continuation:
      guard isInside == (opcode == .continuation) else { return .failed(.protocolError) }
      Self.append(payload, mask, to: &message)
      isInside = !isLast
      guard isLast else { return .nothing }
      return Self.isText(message[...]) ? .message : .failed(.notText)
    }
  }

  /// A goodbye has no payload, or a code that may be on the wire (section 7.4) and a reason in words.
  private func judgeGoodbye() -> Finding {
    guard !control.isEmpty else { return .close }
    guard control.count >= 2 else { return .failed(.protocolError) }
    switch UInt16(control[0]) << 8 | UInt16(control[1]) {
    case 1000...1003, 1007...1014, 3000...4999:
      return Self.isText(control[2...]) ? .close : .failed(.notText)
    default: return .failed(.protocolError)
    }
  }

  private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
    (try? UTF8Span(validating: bytes.span)) != nil
  }

  private static func append(
    _ payload: Span<UInt8>, _ mask: Span<UInt8>, to output: inout [UInt8]
  ) {
    output.reserveWiping(output.count + payload.count)
    for index in payload.indices {
      output.append(mask.isEmpty ? payload[index] : payload[index] ^ mask[index & 3])
    }
  }

  // MARK: Writing

  /// Makes one whole frame of what stands in `output` behind `start`. `mask`: of a client's frame.
  static func wrap(
    _ opcode: Opcode, from start: Int, mask: UInt32? = nil, _ output: inout [UInt8]
  ) {
    let length = output.count - start
    var head: [UInt8] = [0x80 | opcode.rawValue]
    let masked: UInt8 = mask == nil ? 0 : 0x80
    if length < 126 {
      head.append(masked | UInt8(length))
    } else if length <= 0xffff {
      head.append(masked | 126)
      for shift in [8, 0] { head.append(UInt8(truncatingIfNeeded: length >> shift)) }
    } else {
      head.append(masked | 127)
      for shift in stride(from: 56, through: 0, by: -8) {
        head.append(UInt8(truncatingIfNeeded: length >> shift))
      }
    }
    if let mask {
      let key = (0..<4).map { UInt8(truncatingIfNeeded: mask >> UInt32(24 - 8 * $0)) }
      for index in 0..<length { output[start + index] ^= key[index & 3] }
      head += key
    }
    output.insert(contentsOf: head, at: start)
  }

  /// A frame that says goodbye.
  static func close(_ code: Code, _ output: inout [UInt8]) {
    let start = output.count
    output.append(UInt8(truncatingIfNeeded: code.rawValue >> 8))
    output.append(UInt8(truncatingIfNeeded: code.rawValue))
    wrap(.close, from: start, &output)
  }
}
