import Shared

/// What the edge says to a client, and what its caller must do then.
extension Conversation {
  /// Our header.
  func sayHeader(_ random: UInt64, _ workspace: inout Workspace) {
    sayMessage(&workspace) { output in
      if framing == .messages {
        Answer.open(domain: ownDomain.span, random: random, to: &output)
      } else {
        Answer.header(domain: ownDomain.span, isModern: isModern, random: random, to: &output)
      }
    }
  }

  /// Says one piece: by itself where pieces are messages.
  func sayMessage(_ workspace: inout Workspace, _ say: (inout [UInt8]) -> Void) {
    let start = workspace.output.count
    say(&workspace.output)
    switch framing {
    case .document: return
    case .messages: WebSocketFrames.wrap(.text, from: start, &workspace.output)
    case .bosh: HTTPAnswer.wrap(from: start, &workspace.output)
    }
  }

  /// A stream error and the end.
  func sayError(
    _ error: StreamError, opening: Bool, _ random: UInt64, _ workspace: inout Workspace
  ) {
    if framing == .bosh {
      return sayMessage(&workspace) { Answer.sessionError(error, to: &$0) }
    }
    if opening { sayHeader(random, &workspace) }
    sayMessage(&workspace) { Answer.error(error, framing, to: &$0) }
    sayEnd(&workspace)
  }

  /// The end of our stream.
  private func sayEnd(_ workspace: inout Workspace) {
    guard framing == .messages else { return workspace.output.say(Answer.end) }
    sayMessage(&workspace) { $0.say(Answer.close) }
    WebSocketFrames.close(.normal, &workspace.output)
  }

  /// Says what a transition wants said; `piece` is what it answers.
  mutating func say(
    _ reply: Negotiation.Reply, to piece: Span<UInt8>, _ random: UInt64, _ setup: Setup,
    _ workspace: inout Workspace
  ) -> Action {
    switch reply {
    case .greet(let offer):
      sayHeader(random, &workspace)
      switch offer {
      case .tls: workspace.output.say(Answer.startTLSFeatures)
      case .mechanisms:
        sayMessage(&workspace) { $0 += setup.offers[ownDomain] ?? setup.features }
      case .nothing: break
      }
      return .read
    case .proceed:
      workspace.output.say(Answer.proceed)
      return .startTLS
    case .refuseTLS:
      sayMessage(&workspace) { $0.say(Answer.refusedTLS) }
      sayEnd(&workspace)
      return .close
    case .identified:
      return workspace.isNobody ? .nobody : .identified
    case .challenge(let profile):
      sayMessage(&workspace) { Answer.challenge(profile, to: &$0) }
      return .read
    case .fields:
      let id = workspace.stanzaID(in: piece)
      sayMessage(&workspace) { Answer.fields(id: id, in: piece, framing, to: &$0) }
      return .read
    case .refuse(let refusal, let isLast):
      said.wipe()
      switch refusal {
      case .sasl(let profile, let condition):
        sayMessage(&workspace) { Answer.failure(profile, condition, to: &$0) }
      case .query:
        let id = workspace.stanzaID(in: piece)
        sayMessage(&workspace) { Answer.queryFailure(id: id, in: piece, framing, to: &$0) }
      }
      guard isLast else { return .read }
      sayError(.policyViolation, opening: false, random, &workspace)
      return .close
    case .end:
      sayEnd(&workspace)
      return .close
    case .fail(let error, let opening):
      sayError(error, opening: opening, random, &workspace)
      return .close
    case .silence:
      return .close
    }
  }
}

extension Workspace {
  /// The `id` of the stanza that `markup` holds.
  fileprivate func stanzaID(in bytes: Span<UInt8>) -> Unescaped {
    Unescaped(markup.value("id", of: 0, in: bytes) ?? 0..<0)
  }
}
