import Shared
import Testing

@Suite struct JSONTests {
  @Test func everyKind() {
    let value = JSON.object([
      ("text", .string("a\"\\\n\u{1}ü")), ("number", .number(-7)), ("truth", .truth(true)),
      ("list", .array([.fraction(0.5), .fraction(1), .fraction(-2.0625), .fraction(0.9996)])),
      ("none", .array([])), ("empty", .object([])), ("share", .fraction(0.0625, digits: 6)),
      ("nothing", .null),
    ])
    #expect(
      value.text
        == #"{"text":"a\"\\\u000a\u0001ü","number":-7,"truth":true,"#
        + #""list":[0.500,1.000,-2.063,1.000],"none":[],"empty":{},"share":0.062500,"nothing":null}"#
    )
  }

  @Test(arguments: [
    (0, 2, "0.00"), (1, 0, "1"), (-0.004, 2, "0.00"), (-1.5, 0, "-2"), (0.999_999_9, 6, "1.000000"),
    (12.345, 1, "12.3"), (1e12, 3, "1000000000000.000"),
  ])
  func decimals(value: Double, digits: Int, text: String) {
    #expect(value.decimal(digits: digits) == text)
  }
}
