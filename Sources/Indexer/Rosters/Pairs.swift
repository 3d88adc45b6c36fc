/// Pairs of users with something each, brought into order of (a, b), a < b.
///
/// Two counting sorts, first by b, then (stably) by a: no comparison, linear time, and entries of one
/// pair keep the order in which they came.
struct Pairs<Payload: FixedWidthInteger & Sendable> {
  private let users: Int
  private var firsts: [UInt32]
  private var seconds: [UInt32]
  private var payloads: [Payload]
  /// Entries left out because one of the two is not local.
  let remote: Int

  /// - Parameter payload: Of entry `index`; `swapped` says that the owner is `b`.
  init(
    users: SortedNames, owners: consuming [UInt32], contacts: consuming [UInt32],
    payload: (_ index: Int, _ swapped: Bool) -> Payload
  ) {
    self.users = users.names.count
    firsts = []
    seconds = []
    payloads = []
    payloads.reserveCapacity(owners.count)
    firsts = owners
    seconds = contacts
    var kept = 0
    for index in firsts.indices {
      let owner = users.places[Int(firsts[index])]
      let contact = users.places[Int(seconds[index])]
      if owner == SortedNames.remote || contact == SortedNames.remote { continue }
      firsts[kept] = min(owner, contact)
      seconds[kept] = max(owner, contact)
      payloads.append(payload(index, owner > contact))
      kept += 1
    }
    remote = firsts.count - kept
    firsts.removeLast(firsts.count - kept)
    seconds.removeLast(seconds.count - kept)
  }

  /// Brings the entries into order.
  mutating func sort() {
    moveIntoOrder(of: \.seconds)
    moveIntoOrder(of: \.firsts)
  }

  /// The number of different pairs; `sort` must have been called.
  var distinct: Int {
    var count = 0
    forEach { _, _, _, isLast in if isLast { count += 1 } }
    return count
  }

  /// Every entry in order; `isLast` marks the last one of its pair.
  func forEach(_ body: (_ a: UInt32, _ b: UInt32, _ payload: Payload, _ isLast: Bool) -> Void) {
    for index in firsts.indices {
      let next = index + 1
      let isLast =
        next == firsts.count || firsts[next] != firsts[index] || seconds[next] != seconds[index]
      body(firsts[index], seconds[index], payloads[index], isLast)
    }
  }

  private mutating func moveIntoOrder(of key: KeyPath<Self, [UInt32]>) {
    let keys = self[keyPath: key]
    var target = [UInt32](repeating: 0, count: keys.count)
    var next = [Int](repeating: 0, count: users + 1)
    for user in keys { next[Int(user) + 1] += 1 }
    for user in 1..<next.count { next[user] += next[user - 1] }
    for index in keys.indices {
      target[index] = UInt32(truncatingIfNeeded: next[Int(keys[index])])
      next[Int(keys[index])] += 1
    }
    firsts = Self.moved(firsts, to: target)
    seconds = Self.moved(seconds, to: target)
    payloads = Self.moved(payloads, to: target)
  }

  private static func moved<Value: FixedWidthInteger>(_ values: [Value], to target: [UInt32])
    -> [Value]
  {
    var result = [Value](repeating: 0, count: values.count)
    for index in values.indices { result[Int(target[index])] = values[index] }
    return result
  }
}
