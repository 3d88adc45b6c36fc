import Shared
import Testing

@testable import Rosters

@Suite struct TableTests {
  /// Rows as cut out of a text, values joined by `|`.
  private func rows(_ text: String, _ dialect: Dialect, cut: Bool) throws -> [String] {
    var reader = RowReader(file: "input", dialect: dialect)
    var rows: [String] = []
    func take(_ row: borrowing Row) {
      var values: [String] = []
      for column in 0..<row.count {
        values.append(
          String(decoding: Array(row.bytes[row.range(column)]), as: UTF8.self))
      }
      rows.append("\(row.line):" + values.joined(separator: "|"))
    }
    let bytes = Array(text.utf8)
    if cut {
      for byte in bytes {
        try reader.read([byte].span) { row throws(Complaint) in take(row) }
      }
    } else {
      try reader.read(bytes.span) { row throws(Complaint) in take(row) }
    }
    try reader.finish { row throws(Complaint) in take(row) }
    return rows
  }

  @Test(arguments: [
    ("a,b\nc,d\n", ["1:a|b", "2:c|d"]),
    ("a,b\r\nc,d", ["1:a|b", "2:c|d"]),
    ("\"a,1\",\"b\"\"q\"\"\"\n", ["1:a,1|b\"q\""]),
    ("\"two\nlines\",x\ny,z\n", ["1:two\nlines|x", "3:y|z"]),
    ("\"two\r\nlines\"\r\ny\n", ["1:two\r\nlines", "3:y"]),
    (",\n,,\n", ["1:|", "2:||"]),
    ("\"\"\n\"\",a\n", ["2:|a"]),
    ("a\n\n\nb\n", ["1:a", "4:b"]),
    ("a\\n,\\\n", ["1:a\\n|\\"]),
    ("a\"b,c\n", ["1:a\"b|c"]),
    ("a\rb,c\n", ["1:a\rb|c"]),
    ("a,", ["1:a|"]),
    ("", []),
  ])
  func commaSeparated(text: String, expected: [String]) throws {
    #expect(try rows(text, .csv, cut: false) == expected)
    #expect(try rows(text, .csv, cut: true) == expected)
  }

  @Test(arguments: [
    ("a\tb\nc\td\r\n", ["1:a|b", "2:c|d"]),
    ("joe\\40x\t\\N\t\"q\"\n", ["1:joe\\40x|\\N|\"q\""]),
    ("a\\\tb\\\nc\\", ["1:a\\|b\\", "2:c\\"]),
  ])
  func tabSeparated(text: String, expected: [String]) throws {
    #expect(try rows(text, .tabs, cut: false) == expected)
    #expect(try rows(text, .tabs, cut: true) == expected)
  }

  @Test(
    arguments: [
      (["username", "server_host", "jid", "subscription"], .format(.ejabberd)),
      (["username", "jid", "subscription"], .format(.ejabberd)),
      (["username", "jid", "subscription", "server", "type"], .format(.ejabberd)),
      (
        ["server", "username", "jid", "nick", "subscription", "ask", "askmessage"],
        .format(.mongooseim)
      ),
      (["server", "username", "jid", "subscription"], .ambiguous),
      (["rosterid", "username", "jid", "sub", "ask"], .format(.openfire)),
      (["host", "user", "store", "key", "type", "value"], .format(.prosody)),
      (["username", "jid"], .unknown),
      (["username", "password"], .unknown),
      (["alice@a.example", "bob@a.example"], .unknown),
    ] as [([String], TableLayout.Guess)])
  func headersTellTheTable(header: [String], guess: TableLayout.Guess) {
    #expect(TableLayout.guess(header: header) == guess)
  }

  @Test func columnsMayStandInAnyOrder() throws {
    let text = "SUBSCRIPTION,jid,Server_Host,extra,username\nB,bob@x,x,1,alice\nT,eve@x,x,2,alice\n"
    let contacts = try Inputs(text).contacts()
    #expect(contacts.links == ["alice@x bob@x 2", "alice@x eve@x 1"])
  }

  @Test func serverIsAFlagOrADomain() throws {
    let text = "server,username,jid,subscription\nx,alice,bob@x,F\n"
    #expect(complaint(text)?.contains("--format ejabberd or --format mongooseim") == true)
    #expect(try Inputs(text).contacts(format: .mongooseim).links == ["alice@x bob@x 1"])
    let other = try Inputs(text).contacts(format: .ejabberd, domains: ["y"])
    #expect(other.names == ["alice@y"])
    #expect(other.drops == [.remote: 1])
  }

  @Test func openfireNumbersItsSubscriptions() throws {
    let text = "username,jid,sub\na,b@x,-1\na,c@x,0\na,d@x,1\na,e@x,2\na,f@x,3\n"
    let contacts = try Inputs(text).contacts(domains: ["x"])
    #expect(contacts.links == ["a@x d@x 1", "a@x e@x 1", "a@x f@x 2"])
    #expect(contacts.drops == [.unsubscribed: 2])
  }

  @Test(
    arguments: [
      (#"{"subscription":"both"}"#, Subscription.both),
      (#" { "groups" : {"a}":[1,{"b":"]"}]} , "subscription" : "from" } "#, .from),
      (#"{"name":"a\\","subscription":"to","n":-1.5e3,"t":true,"z":null}"#, .to),
      (#"{"name":"\"subscription\":\"both\"","subscription":"none"}"#, Subscription.none),
      (#"{"groups":[],"name":"x"}"#, Subscription.none),
      (#"{}"#, Subscription.none),
      ("{\"name\":\"line\nend\",\"subscription\":\"remove\"}", .remove),
      ("", nil), ("{", nil), ("[]", nil), (#"{"subscription":"both""#, nil),
      (#"{"subscription":"sometimes"}"#, nil), (#"{"subscription":}"#, nil),
      (#"{"subscription":"both"}}"#, nil), (#"{"a":1,}"#, nil), (#"{"a"}"#, nil),
      (#"{"a":"b\"#, nil), (#"{"a":[}"#, nil), (#"{"a":}"#, nil),
      (#"{"name":"a\","subscription":"both"}"#, nil),
    ] as [(String, Subscription?)])
  func prosodyValues(text: String, expected: Subscription?) {
    #expect(ProsodyValue.subscription(in: Array(text.utf8).span) == expected)
  }

  @Test func anAccountWithoutARosterIsAUser() throws {
    let text = """
      host,user,store,key,type,value
      x,alice,accounts,password,string,secret
      x,,roster,,json,{}
      x,carol,vcard,,json,{}
      x,bob,roster,,json,{}

      """
    #expect(try Inputs(text).contacts().names == ["alice@x", "bob@x"])
  }

  @Test(
    arguments: [
      (#"a\tb"#, "a\tb"), (#"a\nb\\c\r\0"#, "a\nb\\c\r\0"), (#"\\n"#, #"\n"#),
      // Not MySQL's: XEP-0106, NULL, one at the end.
      (#"joe\40x\N\"#, #"joe\40x\N\"#), ("plain", nil), ("", nil),
    ] as [(String, String?)])
  func escapesAreUndone(text: String, expected: String?) {
    let plain = Row.unescaped(Array(text.utf8).span)
    #expect(plain.map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  /// One row as MySQL and as SQLite write it between tabs.
  @Test(arguments: [
    #"{"name":"N \\"q\\" \\\\ \\n","subscription":"both"}"#,
    #"{"name":"N \"q\" \\ \n","subscription":"both"}"#,
    #"{"name":"ends with one \\","subscription":"both"}"#,
    #"{"name":"ends with one \\\\","subscription":"both"}"#,
  ])
  func prosodyBetweenTabs(value: String) throws {
    let text = "host\tuser\tstore\tkey\ttype\tvalue\nx\ta\troster\tb@x\tjson\t\(value)\n"
    #expect(try Inputs(text).contacts().links == ["a@x b@x 2"])
  }

  @Test(arguments: [
    ("username,jid,subscription\na,b@x\n", "input:2: 2 columns; the header has 3"),
    ("username,jid,subscription\na,b@x,B,B\n", "input:2: 4 columns"),
    ("username,jid,subscription\na,\"b\n\n@x\",B\na,b@x,Q\n", "input:5: \"Q\""),
    ("username,jid,subscription\na,\"b@x,B\n", "input:2: the file ends inside a quoted value"),
    ("username,jid,subscription\na,\"b@x\"y,B\n", "input:2: expected a comma"),
    ("username,jid,sub\na,b@x,4\n", "input:2: \"4\" for a subscription; expected -1, 0"),
    (
      "host,user,store,key,type,value\nx,a,roster,b@x,json,both\n",
      "input:2: \"both\" for a roster entry"
    ),
    ("a,b,c\n1,2,3\n", "input:1: columns \"a,b,c\" are of no roster table"),
  ])
  func complaintsTellTheLine(text: String, expected: String) {
    #expect(complaint(text, domains: ["x"])?.hasPrefix(expected) == true)
  }

  @Test func aFormatThatDoesNotFitNamesTheMissingColumns() {
    let text = "username,jid,subscription\na,b@x,B\n"
    #expect(
      complaint(text, format: .prosody, domains: ["x"])
        == "input:1: the header lacks user, host, key, value, store, which prosody rows need")
  }

  @Test(
    arguments: [
      ([0x1F, 0x8B, 0x08, 0x00], "compressed"), (Array("SQLite format 3\0".utf8), "SQLite"),
      (Array("# format: 1\n".utf8), "redirect.db"),
    ] as [([UInt8], String)])
  func whatIsGivenByMistakeIsNamed(bytes: [UInt8], word: String) {
    #expect {
      try RosterInput(file: "input", head: bytes.span, format: nil)
    } throws: {
      "\($0)".contains(word)
    }
  }
}
