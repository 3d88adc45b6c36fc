import Shared

/// A streaming reader of one input: feed it chunks, split anywhere, then say that it is over.
///
/// Complaints name file and line and what was expected. After one, the reader is done for.
protocol RosterReader {
  /// Reads the next piece of the input.
  mutating func read(_ chunk: Span<UInt8>, into collector: inout ContactCollector) throws(Complaint)
  /// The input has ended.
  mutating func finish(into collector: inout ContactCollector) throws(Complaint)
}

/// The longest line, row or XML tag that is read.
///
/// Longer than any real one (a Prosody row can hold a whole vCard with its picture); without it one
/// missing quote would make a reader keep the rest of a huge file in memory.
let mostBytesAtOnce = 16 << 20
