import SeededNumbers
import Shared
import Testing

@Suite("PartitionTable")
struct PartitionTableTests {
  static let nodes = ["imA", "imB", "imC"]
  static let order = WeightedOrder(weights: [2, 1, 1])

  @Test(
    "each line that says something is a partition",
    arguments: [
      ("", [], nil),
      ("imA\n", [[0]], nil),
      ("imA, imB\nimB,imA", [[0, 1], [1, 0]], nil),
      ("# a comment\n\n  ! another\n\t imC ,\timA \r\n\n#imB\nimB\n", [[2, 0], [1]], nil),
      ("# set: 1f0c\nimA\n", [[0]], "1f0c"),
      ("imA\n#set:a b\r\n", [[0]], "a b"),
      ("# settle: x\nimB", [[1]], nil),
    ] as [(String, [[Int]], String?)])
  func parsing(text: String, lines: [[Int]], set: String?) throws {
    let table = try PartitionTable(parsing: text, file: "redirect.partitions", nodes: Self.nodes)
    #expect(table.lines == lines)
    #expect(table.set == set)
    let bytes = try PartitionTable(
      parsing: Array(text.utf8), file: "redirect.partitions", nodes: Self.nodes)
    #expect(bytes == table)
  }

  @Test("everything that is wrong is told, with its line")
  func complaints() throws {
    let text = """
      # set: a
      imA, nobody
      imB,
      imA, imB, imA
      # set: b
      # set:
      ,
      imA imB
      im\u{1b}[31m
      """
    let complaints = try #require(throws: Complaints.self) {
      try PartitionTable(parsing: text, file: "p", nodes: Self.nodes)
    }
    let lines = complaints.all.map(\.description)
    let expected = [
      "p:2: node `nobody` is not known; expected a node of redirect.to: imA, imB, imC",
      "p:3: an entry is empty; expected node names separated by commas",
      "p:4: node `imA` stands twice in the line; expected once",
      "p:5: line 1 names a set already; expected one `# set: ID`",
      "p:6: the set has no name; expected `# set: ID`",
      "p:7: an entry is empty; expected node names separated by commas",
      "p:7: an entry is empty; expected node names separated by commas",
      "p:8: node `imA imB` is not known; expected a node of redirect.to: imA, imB, imC",
      "p:9: node `im\\u{1B}[31m` is not known; expected a node of redirect.to: imA, imB, imC",
    ]
    #expect(lines == expected)
  }

  @Test("bytes that are no text are a complaint and not a trap")
  func garbage() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      let bytes = (0..<60).map { _ in UInt8.random(in: 0...255, using: &generator) } + [255]
      let complaints = #expect(throws: Complaints.self) {
        try PartitionTable(parsing: bytes, file: "p", nodes: Self.nodes)
      }
      #expect(complaints?.all.allSatisfy { $0.description.utf8.allSatisfy { $0 >= 0x20 } } == true)
    }
  }

  @Test("a partition's nodes: its line in order")
  func line() throws {
    let table = try PartitionTable(parsing: "imC, imA\nimB\n", file: "p", nodes: Self.nodes)
    #expect(table.nodes(of: 1, order: Self.order) == [2, 0])
    #expect(table.nodes(of: 2, order: Self.order) == [1])
    #expect(table.firstNode(of: 1, order: Self.order) { _ in true } == 2)
    #expect(table.firstNode(of: 1, order: Self.order) { $0 != 2 } == 0)
    #expect(table.firstNode(of: 1, order: Self.order) { $0 == 1 } == nil)
    #expect(table.firstNode(of: 0, order: Self.order) { _ in true } == nil)
    #expect(table.nodes(of: 0, order: Self.order) == [])
  }

  @Test("beyond the last line: a fixed place in the weighted order, then the next different nodes")
  func beyond() throws {
    let table = try PartitionTable(parsing: "imA\nimA\n", file: "p", nodes: Self.nodes)
    // Weights 2, 1, 1: the order is 0, 1, 2, 0.
    #expect(Self.order.sequence == [0, 1, 2, 0])
    let nodes = (3...8).map { table.nodes(of: $0, order: Self.order) }
    #expect(nodes == [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2], [0, 1, 2], [1, 2, 0]])
    #expect(table.firstNode(of: 4, order: Self.order) { $0 != 1 } == 2)
    #expect(table.firstNode(of: 5, order: Self.order) { $0 == 1 } == 1)
    #expect(table.firstNode(of: 5, order: Self.order) { _ in false } == nil)
    #expect(table.nodes(of: .max, order: Self.order).count == 3)
    #expect(table.nodes(of: 3, order: WeightedOrder(weights: [])) == [])
  }

  @Test("firstNode is the first available of nodes, whatever is available")
  func agreement() throws {
    let table = try PartitionTable(parsing: "imB, imC\nimA\n", file: "p", nodes: Self.nodes)
    for partition in Partition(1)...12 {
      for mask in 0..<8 {
        func isUp(_ node: Int) -> Bool { mask >> node & 1 == 1 }
        #expect(
          table.firstNode(of: partition, order: Self.order, where: isUp)
            == table.nodes(of: partition, order: Self.order).first(where: isUp))
      }
    }
  }
}
