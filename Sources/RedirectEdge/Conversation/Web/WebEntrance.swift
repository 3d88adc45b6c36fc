/// The way from a client's bytes to its `Conversation` where HTTP is in between: the upgrade to a WebSocket and its frames, or
/// the request of a BOSH session.
public final class WebEntrance {
  private enum Phase {
    /// The head of a request; so many of its bytes were looked at.
    case head(scanned: Int)
    /// The WebSocket is open.
    case frames
    /// The body of a BOSH request.
    case body(length: Int)
  }

  private let framing: Framing
  private var phase = Phase.head(scanned: 0)
  private var frames = WebSocketFrames(from: .client)

  /// Nothing was said yet. `framing` is not `document`.
  public init(_ framing: Framing) {
    self.framing = framing
  }

  deinit {
    frames.forget()
  }

  /// Whether the client understands what a conversation says.
  public var isOpen: Bool {
    switch phase {
    case .head: false
    case .frames, .body: true
    }
  }

  /// Uses what came, as `Conversation.receive` does. `proof` is that of `WebSocketUpgrade`.
  public func receive(
    _ input: Span<UInt8>, for conversation: inout Conversation, setup: Setup, random: UInt64,
    workspace: inout Workspace, proof: ([UInt8]) -> [UInt8]
  ) -> Conversation.Step {
    var consumed = 0
    while consumed < input.count {
      let rest = input.extracting(consumed...)
      switch phase {
      case .head(let scanned):
        switch readHead(rest, scanned, setup, proof, &workspace) {
        case .incomplete: return Conversation.Step(consumed: consumed, action: .read)
        case .refused: return Conversation.Step(consumed: input.count, action: .close)
        case .read(let count): consumed += count
        }
      case .body(let length):
        guard rest.count >= length else {
          return Conversation.Step(consumed: consumed, action: .read)
        }
        let action = conversation.receive(
          message: rest.extracting(..<length), setup: setup, random: random, workspace: &workspace)
        // Whatever comes of it, it is the only one.
        return Conversation.Step(consumed: input.count, action: action == .read ? .close : action)
      case .frames:
        let step = receiveFrames(rest, for: &conversation, setup, random, &workspace)
        return Conversation.Step(consumed: consumed + step.consumed, action: step.action)
      }
    }
    return Conversation.Step(consumed: consumed, action: .read)
  }

  // MARK: HTTP

  private enum Progress {
    case incomplete
    case refused
    case read(Int)
  }

  private func readHead(
    _ bytes: Span<UInt8>, _ scanned: Int, _ setup: Setup, _ proof: ([UInt8]) -> [UInt8],
    _ workspace: inout Workspace
  ) -> Progress {
    do throws(HTTPHead.Fault) {
      guard let end = try HTTPHead.end(in: bytes, scanned: scanned) else {
        phase = .head(scanned: bytes.count)
        return .incomplete
      }
      let head = try HTTPHead(bytes.extracting(..<end))
      if framing == .bosh {
        guard let length = sessionLength(head, bytes, setup, &workspace.output) else {
          return .refused
        }
        phase = .body(length: length)
      } else {
        guard
          WebSocketUpgrade.answer(head, in: bytes, proof: proof, to: &workspace.output)
        else { return .refused }
        phase = .frames
      }
      return .read(end)
    } catch {
      HTTPAnswer.refuse(error, to: &workspace.output)
      return .refused
    }
  }

  /// How long the body of a BOSH request is; nil: it is none, and has its answer.
  private func sessionLength(
    _ head: HTTPHead, _ bytes: Span<UInt8>, _ setup: Setup, _ output: inout [UInt8]
  ) -> Int? {
    let version = bytes.extracting(head.start[2])
    guard version.holds("HTTP/1.1") || version.holds("HTTP/1.0") else {
      HTTPAnswer.refuse("505 HTTP Version Not Supported", "expected HTTP/1.1", to: &output)
      return nil
    }
    let method = bytes.extracting(head.start[0])
    if method.holds("OPTIONS") {
      HTTPAnswer.preflight(to: &output)
      return nil
    }
    guard method.holds("POST") else {
      HTTPAnswer.refuse(
        "405 Method Not Allowed", "expected POST: this is BOSH (XEP-0124)",
        fields: "Allow: POST, OPTIONS\r\n", to: &output)
      return nil
    }
    guard head.values(of: "transfer-encoding", in: bytes).isEmpty,
      let field = head.value(of: "content-length", in: bytes)
    else {
      HTTPAnswer.refuse("411 Length Required", "expected one Content-Length", to: &output)
      return nil
    }
    let digits = bytes.extracting(field)
    var length = 0
    for index in digits.indices {
      guard digits[index] >= 0x30, digits[index] <= 0x39 else {
        HTTPAnswer.refuse("400 Bad Request", "Content-Length is no number", to: &output)
        return nil
      }
      length = min(length * 10 + Int(digits[index] - 0x30), 1 << 30)
    }
    guard !digits.isEmpty, length > 0 else {
      HTTPAnswer.refuse("400 Bad Request", "expected a body", to: &output)
      return nil
    }
    guard length <= setup.limits.bytes else {
      HTTPAnswer.refuse("413 Content Too Large", "the body is too large", to: &output)
      return nil
    }
    return length
  }

  // MARK: Frames

  private func receiveFrames(
    _ input: Span<UInt8>, for conversation: inout Conversation, _ setup: Setup, _ random: UInt64,
    _ workspace: inout Workspace
  ) -> Conversation.Step {
    var consumed = 0
    while consumed < input.count {
      let (finding, count) = frames.next(
        input.extracting(consumed...), limit: setup.limits.bytes)
      consumed += count
      switch finding {
      case .incomplete: return Conversation.Step(consumed: consumed, action: .read)
      case .nothing: continue
      case .ping: answer(.pong, frames.control, &workspace.output)
      case .close:
        // The client's own code comes back to it (RFC 6455 section 5.5.1).
        answer(.close, Array(frames.control.prefix(2)), &workspace.output)
        return Conversation.Step(consumed: input.count, action: .close)
      case .failed(let code):
        WebSocketFrames.close(code, &workspace.output)
        return Conversation.Step(consumed: input.count, action: .close)
      case .message:
        let action = conversation.receive(
          message: frames.message.span, setup: setup, random: random, workspace: &workspace)
        frames.forget()
        if action == .close { return Conversation.Step(consumed: input.count, action: .close) }
        if action != .read { return Conversation.Step(consumed: consumed, action: action) }
      }
    }
    return Conversation.Step(consumed: consumed, action: .read)
  }

  private func answer(
    _ opcode: WebSocketFrames.Opcode, _ payload: [UInt8], _ output: inout [UInt8]
  ) {
    let start = output.count
    output += payload
    WebSocketFrames.wrap(opcode, from: start, &output)
  }
}
