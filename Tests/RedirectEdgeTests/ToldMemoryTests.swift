import Routing
import Testing

@testable import RedirectEdge

/// What peers tell of clients, true and false.
@Suite struct ToldMemoryTests {
  static let policy = AutoPolicy(first: .redirect, window: 30_000, forget: 86_400_000)
  /// One set.
  let memory = ToldMemory(capacity: 8)

  /// A client of that set; equal numbers are equal clients.
  static func client(_ number: UInt64) -> UInt64 { number << 40 }

  func tell(_ number: UInt64, by teller: UInt16, node: Int = 1, at now: Int64 = 1000) {
    let client = Self.client(number)
    memory.note(
      .redirected(client, to: node, at: now), of: client, by: teller, policy: Self.policy, now: now)
  }

  func prove(_ number: UInt64, by teller: UInt16, at now: Int64 = 1000) {
    let client = Self.client(number)
    memory.note(
      .doesNotFollow(client, at: now), of: client, by: teller, policy: Self.policy, now: now)
  }

  func knows(_ number: UInt64) -> Bool { !memory.record(of: Self.client(number)).isEmpty }

  @Test func whatIsToldIsKnown() {
    #expect(!knows(1))
    tell(1, by: 1, node: 3)
    #expect(memory.record(of: Self.client(1)).returns(from: 3, at: 1001, within: 30_000))
    tell(1, by: 2, node: 4)
    #expect(memory.record(of: Self.client(1)).returns(from: 4, at: 1001, within: 30_000))
    prove(1, by: 2)
    #expect(memory.record(of: Self.client(1)).doesNotFollow)
  }

  /// Another redirect, of a later attempt or made up, does not undo it before it would be forgotten anyway.
  @Test func aProofStays() {
    prove(1, by: 1)
    tell(1, by: 1, at: 2000)
    tell(1, by: 2, at: 86_000_000)
    #expect(memory.record(of: Self.client(1)).doesNotFollow)
    tell(1, by: 2, at: 86_500_000)
    #expect(!memory.record(of: Self.client(1)).doesNotFollow)
  }

  /// One alone may have all, and makes room itself: for redirects before proofs, for late ones before early ones.
  @Test func oneTellerAlone() {
    for number in 1...4 as ClosedRange<UInt64> { prove(number, by: 1) }
    for number in 5...100 as ClosedRange<UInt64> { tell(number, by: 1, at: Int64(number) * 100) }
    #expect((1...4).allSatisfy { knows($0) } && (97...100).allSatisfy { knows($0) })
    #expect((5...96).allSatisfy { !knows($0) })
  }

  /// A peer that tells without end has what others leave, and no more.
  @Test func aFloodCostsOthersNothing() {
    for number in 1...1000 as ClosedRange<UInt64> { prove(number, by: 9) }
    for number in 2001...2004 as ClosedRange<UInt64> { tell(number, by: UInt16(number)) }
    for number in 3001...4000 as ClosedRange<UInt64> { prove(number, by: 9, at: 2000) }
    #expect((2001...2004).allSatisfy { knows($0) })
    #expect((3001...4000).count { knows($0) } == 4)
    // Even to one that comes when the set is full of as many as there is room for.
    for number in 5001...5008 as ClosedRange<UInt64> { tell(number, by: UInt16(number)) }
    #expect((5001...5008).count { knows($0) } >= 4)
    for number in 6001...7000 as ClosedRange<UInt64> { prove(number, by: 9, at: 3000) }
    #expect((6001...7000).count { knows($0) } == 1)
  }

  /// What cannot speak for anything any more makes room, whoever has told it.
  @Test func theOutdatedMakeRoom() {
    for number in 1...8 as ClosedRange<UInt64> { tell(number, by: UInt16(number)) }
    for number in 11...18 as ClosedRange<UInt64> { tell(number, by: 9, at: 40_000) }
    #expect((11...18).allSatisfy { knows($0) })
  }

  /// Two threads look at the clock one after the other: what was told in between was not told twelve days ago.
  @Test func aClockThatIsAMomentBehind() {
    for now in stride(from: 10_000, to: 10_200, by: 1) as StrideTo<Int64> {
      tell(1, by: 1, at: now)
      #expect(memory.record(of: Self.client(1)).returns(from: 1, at: now - 70, within: 30_000))
    }
  }
}
