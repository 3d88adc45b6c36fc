import Shared

/// One input being read, in whatever form it is: made from its first bytes, fed to its end.
public struct RosterInput {
  private let file: String
  private var reader: Reader
  /// Bytes of a byte order mark still to come.
  private var mark = 0

  private enum Reader {
    case tsv(TSVReader)
    case table(TableReader)
    case xep0227(XEP0227Reader)
  }

  /// How many first bytes `init` wants to see: the header of a table, the first lines of a list.
  public static let headSize = 64 << 10

  /// - Parameters:
  ///   - file: Named in complaints.
  ///   - head: The first `headSize` bytes, or all there are. They are not consumed: feed them, too.
  ///   - format: Decides where given; else the content does.
  ///   - context: What the file is part of, if another one includes it.
  public init(
    file: String, head: Span<UInt8>, format: RosterFormat?, context: XEP0227Context = .document
  ) throws(Complaint) {
    self.file = file
    if context != .document {
      reader = .xep0227(XEP0227Reader(file: file, context: context))
      return
    }
    let content = try RosterContent(file: file, head: head, format: format)
    // Expat reads the mark itself.
    mark = content.format == .xep0227 ? 0 : content.markSize
    switch content.format {
    case .tsv: reader = .tsv(TSVReader(file: file))
    case .xep0227: reader = .xep0227(XEP0227Reader(file: file, context: context))
    case .ejabberd, .mongooseim, .openfire, .prosody:
      reader = .table(
        TableReader(file: file, format: content.format, dialect: content.dialect))
    }
  }

  /// Whether an input that begins with `head` is a part of an XEP-0227 document, made to be read
  /// through the file that includes it.
  public static func isPart(head: Span<UInt8>) -> Bool {
    guard RosterContent.isXML(head) else { return false }
    let expat = Expat(inside: .document)
    _ = expat.parse(head, isLast: false)
    return expat.root == .host || expat.root == .user
  }

  /// Reads the next piece of the input.
  public mutating func read(_ chunk: Span<UInt8>, into collector: inout ContactCollector)
    throws(Complaint)
  {
    collector.goOn(file: file)
    let start = min(mark, chunk.count)
    mark -= start
    let chunk = chunk.extracting(start..<chunk.count)
    switch reader {
    case .tsv(var tsv):
      defer { reader = .tsv(tsv) }
      try tsv.read(chunk, into: &collector)
    case .table(var table):
      defer { reader = .table(table) }
      try table.read(chunk, into: &collector)
    case .xep0227(var document):
      defer { reader = .xep0227(document) }
      try document.read(chunk, into: &collector)
    }
  }

  /// The input has ended.
  public mutating func finish(into collector: inout ContactCollector) throws(Complaint) {
    collector.goOn(file: file)
    switch reader {
    case .tsv(var tsv): try tsv.finish(into: &collector)
    case .table(var table): try table.finish(into: &collector)
    case .xep0227(var document):
      defer { reader = .xep0227(document) }
      try document.finish(into: &collector)
    }
  }

  /// Files that the part read so far includes; each is handed out once.
  public mutating func takeIncludes() -> [RosterInclude] {
    guard case .xep0227(var document) = reader else { return [] }
    defer { reader = .xep0227(document) }
    return document.takeIncludes()
  }
}
