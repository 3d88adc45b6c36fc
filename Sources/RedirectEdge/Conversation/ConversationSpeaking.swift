import Shared

/// What the edge says to a client, and what its caller must do then.
extension Conversation {
  /// Our header.
  func sayHeader(_ random: UInt64, _ workspace: inout Workspace) {
    Answer.header(
      domain: ownDomain.span, isModern: isModern, random: random, to: &workspace.output)
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
        workspace.output.append(contentsOf: setup.offers[ownDomain] ?? setup.features)
      case .nothing: break
      }
      return .read
    case .proceed:
      workspace.output.say(Answer.proceed)
      return .startTLS
    case .refuseTLS:
      workspace.output.say(Answer.refusedTLS)
      return .close
    case .identified:
      return workspace.isNobody ? .nobody : .identified
    case .challenge(let profile):
      Answer.challenge(profile, to: &workspace.output)
      return .read
    case .fields:
      Answer.fields(id: workspace.stanzaID(in: piece), in: piece, to: &workspace.output)
      return .read
    case .refuse(let refusal, let isLast):
      said.wipe()
      switch refusal {
      case .sasl(let profile, let condition):
        Answer.failure(profile, condition, to: &workspace.output)
      case .query:
        Answer.queryFailure(id: workspace.stanzaID(in: piece), in: piece, to: &workspace.output)
      }
      guard isLast else { return .read }
      Answer.error(.policyViolation, to: &workspace.output)
      return .close
    case .end:
      workspace.output.say(Answer.end)
      return .close
    case .fail(let error, let opening):
      if opening { sayHeader(random, &workspace) }
      Answer.error(error, to: &workspace.output)
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
