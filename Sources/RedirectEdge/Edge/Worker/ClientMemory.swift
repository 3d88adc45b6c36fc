import Routing

/// What the edge remembers of single clients, shared by all workers without a lock: who was sent where a moment ago (the
/// original's "client retry monitoring", and the evidence of mode `auto`), and who does not follow.
///
/// In a full set of the table somebody is forgotten, which costs a piece of evidence and nothing else. Names are not kept,
/// only hashes (`ClientKey`).
struct ClientMemory: Sendable {
  private let table: ClientTable

  /// - Parameter capacity: clients remembered; rounded up to a power of two.
  init(capacity: Int) {
    table = ClientTable(capacity: capacity)
  }

  /// What is remembered of a client; empty: nothing.
  func record(of client: UInt64) -> ClientRecord { table.record(of: client) }

  /// Remembers `record` in place of what was known of its client before. `forget`: what is older (ms) is of no use.
  func note(_ record: ClientRecord, of client: UInt64, now: Int64, forget: Int64) {
    let places = table.places(of: client)
    var victim = places.lowerBound
    var least = Int64.max
    for place in places {
      let other = table[place]
      if other.isOf(client) {
        victim = place
        break
      }
      let worth = other.worth(at: now, forget: forget)
      if worth < least { (victim, least) = (place, worth) }
    }
    table[victim] = record
  }
}
