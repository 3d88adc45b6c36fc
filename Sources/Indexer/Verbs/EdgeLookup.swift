import ArgumentParser
import PeerProtocol
import Shared

/// `rdadmin lookup --edge`
struct EdgeLookup {
  /// Users asked about at once: a round trip for many, and far fewer than the protocol allows.
  private static let batch = 256

  private let address: HostPort
  private var conversation: EdgeConversation
  private(set) var allKnown = true

  /// Connects, or complains.
  init(_ address: HostPort, _ identity: EdgeIdentity) throws {
    self.address = address
    do throws(EdgeConversation.Trouble) {
      conversation = try EdgeConversation(address, identity)
    } catch {
      throw Self.complain(address, error)
    }
    Output.note("\(address): map \(conversation.map?.description ?? "-")")
  }

  /// A line for each of the users, in their order.
  mutating func look(up names: some Sequence<String>) throws {
    var users: [User] = []
    for name in names {
      do throws(JIDError) {
        users.append(try User(name, profile: conversation.profile))
      } catch {
        Output.note("`\(name)`: \(error)")
        allKnown = false
      }
      if users.count == Self.batch { try ask(&users) }
    }
    try ask(&users)
  }

  private mutating func ask(_ users: inout [User]) throws {
    let map = conversation.map
    let replies: [PeerReply]
    do throws(EdgeConversation.Trouble) {
      replies = try conversation.ask(users)
    } catch {
      throw Self.complain(address, error)
    }
    if conversation.map != map {
      Output.note("\(address): map \(conversation.map?.description ?? "-")")
    }
    for (user, reply) in zip(users, replies) {
      switch reply {
      case .known(let partition, let nodes):
        try Output.say((["\(user)", "\(partition)"] + nodes).joined(separator: "\t"))
      case .unknown:
        try Output.say("\(user)\t-")
        allKnown = false
      case .refused(let reason):
        Output.note("\(user): the edge does not answer: \(reason)")
        allKnown = false
      }
    }
    users = []
  }

  private static func complain(_ address: HostPort, _ trouble: EdgeConversation.Trouble) -> ExitCode
  {
    switch trouble {
    case .connection(let failure) where failure.isOurs:
      Output.complain(failure.reason, ExitStatus.badData)
    case .connection(let failure):
      Output.complain("\(address): \(failure.reason)", ExitStatus.unavailable)
    case .fault(_, let told?):
      Output.complain("\(address): the edge refuses: \(told)", ExitStatus.protocolFault)
    case .fault(let fault, nil):
      Output.complain(
        "\(address): not the peer protocol: \(fault.rawValue)", ExitStatus.protocolFault)
    }
  }
}
