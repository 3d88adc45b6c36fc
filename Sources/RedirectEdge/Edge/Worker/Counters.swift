import Shared
import Synchronization

/// What one worker has done, for the control plane to read: each number has one writer.
@safe final class Counters: Sendable {
  /// What becomes of clients.
  enum Outcome: Int, CaseIterable {
    /// Clients taken in.
    case accepted
    /// Clients sent to a node.
    case redirected
    /// Clients handed over to a node by passing their bytes on.
    case relayed
    /// Clients of mode `observe` that would have been redirected.
    case wouldRedirect
    /// Clients of mode `observe` that would have been relayed to their own node.
    case wouldRelay
    /// Clients that got a stream error.
    case refused
    /// Clients that went away, or were cut off, without an answer.
    case lost
    /// Clients turned away by a limit.
    case limited
  }

  /// What else is counted.
  enum Event: Int, CaseIterable {
    /// Users named by the header of their stream, and by their login.
    case namedByHeader, namedByLogin
    /// Users known to a provider, in the order of its kinds; and to none.
    case db, peers, regex, roundrobin, hash, plugin, unknown
    /// Users whom a provider knows, but no node of theirs can be used.
    case withoutNode
    /// TLS handshakes with clients that came to nothing.
    case failedHandshake
    /// Limits: of one client address, and of all connections.
    case addressLimit, connectionLimit
    /// Questions to peers; those that one of them could answer.
    case asked, answered
    /// Relayed clients that are gone.
    case relayEnded
    /// Bytes passed on.
    case bytesToNode, bytesToClient
  }

  /// How long something took.
  enum Course: Int, CaseIterable {
    /// From accept to the redirect.
    case redirecting
    /// From accept to the node's stream.
    case relaying
    /// A client's TLS handshake.
    case handshake

    /// Upper bounds of the classes of its durations, in ms; above the last is one more.
    static let bounds: [Int64] = [
      1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000,
    ]
  }

  /// The durations of a course, class by class, and their sum in ms.
  struct Durations: Equatable {
    var classes: [Int]
    var sum: Int
  }

  private nonisolated(unsafe) let cells: UnsafeMutablePointer<Atomic<Int>>

  private static let events = ClientKind.allCases.count * Outcome.allCases.count
  private static let courses = events + Event.allCases.count
  /// The classes, and the sum.
  private static let courseLength = Course.bounds.count + 2
  private static let count = courses + Course.allCases.count * courseLength

  init() {
    unsafe cells = .allocate(capacity: Self.count)
    for cell in 0..<Self.count { unsafe (cells + cell).initialize(to: Atomic(0)) }
  }

  deinit {
    unsafe cells.deinitialize(count: Self.count)
    unsafe cells.deallocate()
  }

  // MARK: For the worker

  /// One more client of a kind.
  func count(_ outcome: Outcome, _ kind: ClientKind) { add(1, to: Self.place(outcome, kind)) }

  /// So many more.
  func count(_ event: Event, _ number: Int = 1) { add(number, to: Self.place(event)) }

  /// One more, which took so many ms.
  func count(_ course: Course, took duration: Int64) {
    let first = Self.place(course)
    var place = 0
    while place < Course.bounds.count, duration > Course.bounds[place] { place += 1 }
    add(1, to: first + place)
    add(Int(duration), to: first + Course.bounds.count + 1)
  }

  /// Nobody else writes, so nothing needs to be locked.
  private func add(_ number: Int, to cell: Int) {
    let old = unsafe cells[cell].load(ordering: .relaxed)
    unsafe cells[cell].store(old &+ number, ordering: .relaxed)
  }

  // MARK: For the control plane

  /// How many clients of a kind so far.
  subscript(_ outcome: Outcome, _ kind: ClientKind) -> Int {
    unsafe cells[Self.place(outcome, kind)].load(ordering: .relaxed)
  }

  /// How many clients of all kinds so far.
  func sum(_ outcome: Outcome) -> Int {
    ClientKind.allCases.reduce(0) { $0 + self[outcome, $1] }
  }

  /// How many so far.
  subscript(_ event: Event) -> Int {
    unsafe cells[Self.place(event)].load(ordering: .relaxed)
  }

  /// What it took so far.
  subscript(_ course: Course) -> Durations {
    let first = Self.place(course)
    let numbers = (first..<first + Self.courseLength).map { cell in
      unsafe cells[cell].load(ordering: .relaxed)
    }
    return Durations(classes: Array(numbers.dropLast()), sum: numbers[numbers.count - 1])
  }

  // MARK: Places

  private static func place(_ outcome: Outcome, _ kind: ClientKind) -> Int {
    Int(kind.rawValue) * Outcome.allCases.count + outcome.rawValue
  }

  private static func place(_ event: Event) -> Int { events + event.rawValue }

  private static func place(_ course: Course) -> Int { courses + course.rawValue * courseLength }
}

extension Counters.Outcome {
  /// As logs and metrics have it.
  var name: String {
    switch self {
    case .accepted: "accepted"
    case .redirected: "redirected"
    case .relayed: "relayed"
    case .wouldRedirect: "would-redirect"
    case .wouldRelay: "would-relay"
    case .refused: "refused"
    case .lost: "lost"
    case .limited: "limited"
    }
  }
}

extension Counters.Event {
  /// The event of a provider that knows a user.
  init(_ provider: Provider) {
    switch provider {
    case .db: self = .db
    case .peers: self = .peers
    case .regex: self = .regex
    case .roundrobin: self = .roundrobin
    case .hash: self = .hash
    case .plugin: self = .plugin
    }
  }
}
