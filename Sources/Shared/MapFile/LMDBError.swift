import CLMDB

/// A call of LMDB failed.
struct LMDBError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The function's name.
  let call: String
  /// LMDB's number, or an `errno`.
  let number: Int32

  var description: String {
    "\(call): \(unsafe String(cString: mdb_strerror(number)))"
  }

  static func check(_ number: Int32, _ call: String) throws(LMDBError) {
    if number != 0 { throw LMDBError(call: call, number: number) }
  }
}
