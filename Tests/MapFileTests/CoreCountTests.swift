import Testing

@testable import MapFile

/// `cpu.max` of cgroup v2: quota and period in microseconds.
@Suite struct CoreCountTests {
  @Test(
    arguments: [
      ("200000 100000\n", 2), ("150000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", nil),
      ("", nil), ("100000\n", nil), ("1000 0\n", nil), ("many few\n", nil),
    ] as [(String, Int?)])
  func limits(_ text: String, _ cores: Int?) {
    #expect(CoreCount.cores(text) == cores)
  }

  @Test func thisMachineHasAtLeastOne() {
    #expect(CoreCount.usable() >= 1)
  }
}
