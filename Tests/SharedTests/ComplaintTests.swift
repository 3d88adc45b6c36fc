import Shared
import Testing

@Suite("Complaint")
struct ComplaintTests {
  @Test("says where, then what")
  func description() {
    let place = SourcePlace(file: "redirect.conf", line: 12)
    let first = Complaint(at: place, "unknown key 'domain'; expected 'domains'")
    let second = Complaint(place: "--seed", message: "expected a number")
    #expect(place.description == "redirect.conf:12")
    #expect(first.description == "redirect.conf:12: unknown key 'domain'; expected 'domains'")
    #expect(Complaints([first, second]).description == "\(first)\n--seed: expected a number")
    #expect(Complaints(second).all == [second])
  }
}
