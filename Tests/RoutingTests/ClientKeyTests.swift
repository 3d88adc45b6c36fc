import Routing
import Testing

/// The hashes by which edges tell each other of clients.
@Suite struct ClientKeyTests {
  /// As the page has it: `docs/peer-protocol.md`, whose example a second program has computed too.
  @Test func theExampleOfThePage() {
    let key = ClientKey(shared: (0x5982_1de1_9aa1_8f9e, 0x362b_ca39_91f6_4a5c))
    #expect(key.mark == 0x3267_65c2_25f6_bb14)
    let client = key.client(
      Array("alice@example.com".utf8).span, at: ClientAddress(ipv4: 0xc000_0207, port: 5000),
      looks: 0x091f_f421_0dc0_edbf)
    #expect(client == 0xcebd_936c_f11e_dbb8)
  }

  @Test func aKeyOfOnesOwnHasNoMark() {
    #expect(ClientKey(own: (1, 2)).mark == nil)
    #expect(ClientKey(shared: (1, 2)).mark != ClientKey(shared: (1, 3)).mark)
  }
}
