import Glibc
import Routing

/// What peers have told of clients. The peers' thread writes it, workers read it.
///
/// It is apart from what the edge has seen itself, so no peer can make it forget that. And no peer can fill it: in a full
/// set room is made at the cost of the teller that has most of the set.
@safe final class ToldMemory: @unchecked Sendable {
  /// Who has told: a number for all connections from one address.
  typealias Teller = UInt16

  private let table: ClientTable
  /// Of each word of the table. For the writing thread only.
  private let tellers: UnsafeMutablePointer<Teller>

  /// - Parameter capacity: clients remembered; rounded up to a power of two.
  init(capacity: Int) {
    table = ClientTable(capacity: capacity)
    guard let memory = unsafe calloc(table.count, MemoryLayout<Teller>.stride) else {
      fatalError("no memory for what peers tell")
    }
    unsafe tellers = memory.bindMemory(to: Teller.self, capacity: table.count)
  }

  deinit {
    unsafe free(tellers)
  }

  /// What was told of a client; empty: nothing.
  func record(of client: UInt64) -> ClientRecord { table.record(of: client) }

  /// Remembers what `teller` says of a client, unless another has told what says more. What is older than `policy` needs is
  /// of no use. For the peers' thread.
  func note(
    _ record: ClientRecord, of client: UInt64, by teller: Teller, policy: AutoPolicy, now: Int64
  ) {
    let places = table.places(of: client)
    if let place = places.first(where: { table[$0].isOf(client) }) {
      let isProved = table[place].provesNotFollowing(at: now, within: policy.forget)
      if !isProved || record.doesNotFollow { put(record, by: teller, at: place) }
      return
    }
    if let place = places.first(where: { !policy.needs(table[$0], at: now) }) {
      return put(record, by: teller, at: place)
    }
    let greedy = greediest(of: places, but: teller)
    let victim = places.filter { unsafe tellers[$0] == greedy }
      .min { worth($0, policy, now) < worth($1, policy, now) }
    if let victim { put(record, by: teller, at: victim) }
  }

  /// Who has most of these places; if somebody has as many as `teller`, then `teller`.
  private func greediest(of places: Range<Int>, but teller: Teller) -> Teller {
    var (most, greedy) = (share(of: teller, in: places), teller)
    for place in places {
      let other = unsafe tellers[place]
      let share = share(of: other, in: places)
      if share > most { (most, greedy) = (share, other) }
    }
    return greedy
  }

  private func share(of teller: Teller, in places: Range<Int>) -> Int {
    places.count { unsafe tellers[$0] == teller }
  }

  private func worth(_ place: Int, _ policy: AutoPolicy, _ now: Int64) -> Int64 {
    table[place].worth(at: now, forget: policy.forget)
  }

  private func put(_ record: ClientRecord, by teller: Teller, at place: Int) {
    table[place] = record
    unsafe tellers[place] = teller
  }
}
