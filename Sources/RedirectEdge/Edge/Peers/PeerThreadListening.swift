import CLinux
import Glibc
import Logging
import PeerProtocol
import Routing
import Shared

/// Who asks this edge.
extension PeerThread {
  /// The most connections at once: more than edges, and few enough for the process's descriptors.
  static let mostClients = 256
  /// How long nobody is let in when there is no descriptor left, or the address cannot be had, in ms.
  private static let rest: Int64 = 1000
  /// The same complaint is written once in this time, in ms: strangers must not fill the log.
  private static let complaintSpacing: Int64 = 60_000
  /// Different complaints that are remembered.
  private static let mostComplaints = 64

  /// Listens there from now on; nil: nowhere.
  func listen(at address: HostPort?) {
    guard address != listener?.address else { return }
    stopListening()
    guard let address else { return }
    do throws(SystemError) {
      let socket = try ListeningSocket(address)
      do throws(SystemError) {
        try loop.poller.watch(listener: socket.descriptor, number: 0)
      } catch {
        Socket.close(socket.descriptor)
        throw error
      }
      listener = socket
      log.write(.info, "answering peers", [("address", address.description)])
    } catch {
      complain(.error, "no peer can ask here", error.description)
      restsUntil = loop.now + Self.rest
    }
  }

  /// Lets nobody in and nobody stay.
  func stopListening() {
    if let listener { Socket.close(listener.descriptor) }
    listener = nil
    restsUntil = nil
    for link in clients.values { link.end(.leaving) }
    clients = [:]
  }

  /// Somebody knocks.
  func letIn() {
    guard let listener else { return }
    var storage = sockaddr_storage()
    while let descriptor = listener.accept(from: &storage) {
      let address = ClientAddress(storage) ?? ClientAddress(ipv4: 0, port: 0)
      guard identity != nil, clients.count < Self.mostClients else {
        Socket.close(descriptor)
        continue
      }
      guard let link = try? PeerServerLink(self, address, descriptor: descriptor) else { continue }
      clients[ObjectIdentifier(link)] = link
      link.begin()
    }
    guard errno == EMFILE || errno == ENFILE else { return }
    loop.poller.pause(listener: listener.descriptor, number: 0, true)
    restsUntil = loop.now + Self.rest
  }

  /// Lets somebody in again, or tries to.
  func endRest() {
    guard let end = restsUntil, loop.now >= end else { return }
    restsUntil = nil
    guard let listener else { return listen(at: snapshot?.configuration.listen) }
    loop.poller.pause(listener: listener.descriptor, number: 0, false)
  }

  // MARK: What links tell

  /// A greeting is over.
  func welcome(_ client: PeerHello, at address: ClientAddress) {
    log.write(
      .debug, "asked by a peer",
      [
        ("client", address.description), ("edge", client.edge.description),
        ("map", client.map?.description ?? "-"),
      ])
  }

  /// A connection is over; `reason` nil: as it should be.
  func lose(_ link: PeerServerLink, _ address: ClientAddress, _ reason: String?) {
    clients[ObjectIdentifier(link)] = nil
    guard let reason, reason != Link.End.ended.description else { return }
    complain(
      .warning, "a client of the peers' listener was sent away", reason,
      [("client", address.description)])
  }

  /// Says that something is wrong, but not again and again.
  func complain(
    _ level: Logger.Level, _ message: String, _ reason: String, _ fields: [(String, String)] = []
  ) {
    if let last = complaints[reason], loop.now - last < Self.complaintSpacing { return }
    if complaints.count >= Self.mostComplaints { complaints = [:] }
    complaints[reason] = loop.now
    log.write(level, message, fields + [("reason", reason)])
  }
}
