import CLMDB
public import Shared

/// One thread's view of a map: one read transaction for as long as it lives. Not for two threads at
/// once.
@safe public final class MapReader {
  /// What it reads.
  public let map: Map

  let transaction: OpaquePointer
  let database: MDB_dbi
  private(set) var isOpen = true

  /// Begins the transaction. Fails only if memory does, or after `Map.close`.
  public init(_ map: Map) throws(MapError) {
    self.map = map
    database = map.usersDatabase
    try map.addReader()
    var begun: OpaquePointer?
    let number = unsafe mdb_txn_begin(map.environment, nil, UInt32(MDB_RDONLY), &begun)
    guard number == 0, let begun = unsafe begun else {
      map.removeReader()
      let error = LMDBError(call: "mdb_txn_begin", number: number)
      throw MapError(map.path, .inside(error.description))
    }
    unsafe transaction = begun
  }

  /// The partition of a canonical user, nil if the map does not know it.
  ///
  /// No allocation, no lock, no system call for users of up to 511 bytes; longer ones need a
  /// digest.
  public func partition(of user: Span<UInt8>) -> Partition? {
    precondition(isOpen, "look-up in a closed MapReader")
    if user.count > MapLayout.longestKey { return longPartition(of: user) }
    if user.isEmpty { return nil }
    return unsafe user.withUnsafeBytes { bytes in
      guard let value = unsafe value(bytes), value.count == 4 else { return nil }
      return unsafe StoredUser.partition(in: value)
    }
  }

  private func longPartition(of user: Span<UInt8>) -> Partition? {
    let key = MapLayout.longKey(user)
    return unsafe key.withUnsafeBytes { key in
      guard let value = unsafe value(key), value.count > 4 else { return nil }
      let stored = unsafe StoredUser.long(value)
      guard ByteOrder.compare(unsafe stored.user.span, user) == 0 else { return nil }
      return stored.partition
    }
  }

  /// Ends the transaction; only `deinit` may follow.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    unsafe mdb_txn_abort(transaction)
    map.removeReader()
  }

  deinit { close() }
}

extension MapReader {
  @unsafe private func value(_ key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var key = unsafe MDB_val(
      mv_size: key.count, mv_data: UnsafeMutableRawPointer(mutating: key.baseAddress))
    var value = unsafe MDB_val()
    guard unsafe mdb_get(transaction, database, &key, &value) == 0 else { return nil }
    return unsafe UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
  }
}
