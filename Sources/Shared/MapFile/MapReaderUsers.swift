import CLMDB
public import Shared

extension MapReader {
  /// The `redirect.db` that the map was compiled from, byte for byte, in pieces of about a MiB.
  public func dump<E>(_ write: (_ text: [UInt8]) throws(E) -> Void) throws(E) {
    let piece = 1 << 20
    var text = Array(map.header.text.utf8)
    try forEachUser { (user, partition) throws(E) in
      DatabaseLine.append(user: user, partition: partition, to: &text)
      if text.count >= piece {
        try write(text)
        text.removeAll(keepingCapacity: true)
      }
    }
    try write(text)
  }

  /// All users in ascending byte order. The span is valid during the call.
  public func forEachUser<E>(
    _ body: (_ user: Span<UInt8>, _ partition: Partition) throws(E) -> Void
  ) throws(E) {
    precondition(isOpen, "look-up in a closed MapReader")
    var opened: OpaquePointer?
    // The transaction is alive and the handle valid: only memory can be wanting.
    guard unsafe mdb_cursor_open(transaction, database, &opened) == 0, let cursor = unsafe opened
    else { fatalError("out of memory") }
    defer { unsafe mdb_cursor_close(cursor) }

    // Those with long keys stand first, by digest: they are put in order (by reference) and merged
    // into the rest.
    var long: [StoredUser] = []
    var entry = unsafe StoredUser(cursor, MDB_FIRST)
    while let found = entry, found.isLong {
      unsafe long.append(StoredUser.long(found.value))
      unsafe entry = StoredUser(cursor, MDB_NEXT)
    }
    long.sort { unsafe ByteOrder.compare($0.user.span, $1.user.span) < 0 }
    var rest = long[...]
    while let found = entry {
      while let first = rest.first,
        unsafe ByteOrder.compare(first.user.span, found.user.span) < 0
      {
        try unsafe body(first.user.span, first.partition)
        rest.removeFirst()
      }
      try unsafe body(found.user.span, found.partition)
      unsafe entry = StoredUser(cursor, MDB_NEXT)
    }
    for last in rest {
      try unsafe body(last.user.span, last.partition)
    }
  }
}

/// A user where it stands in the map; valid as long as the transaction.
@safe struct StoredUser {
  /// The key, or for a long user the rest of its value.
  let user: UnsafeBufferPointer<UInt8>
  let value: UnsafeRawBufferPointer

  var partition: Partition { unsafe Self.partition(in: value) }

  /// Whether `user` is the digest of a long one.
  var isLong: Bool { unsafe user.first == MapLayout.longMark }

  /// What the cursor finds; nil at the end.
  @unsafe init?(_ cursor: OpaquePointer, _ operation: MDB_cursor_op) {
    var key = unsafe MDB_val()
    var found = unsafe MDB_val()
    guard unsafe mdb_cursor_get(cursor, &key, &found, operation) == 0 else { return nil }
    unsafe user = UnsafeRawBufferPointer(start: key.mv_data, count: key.mv_size)
      .assumingMemoryBound(to: UInt8.self)
    unsafe value = UnsafeRawBufferPointer(start: found.mv_data, count: found.mv_size)
  }

  private init(user: UnsafeBufferPointer<UInt8>, value: UnsafeRawBufferPointer) {
    unsafe self.user = user
    unsafe self.value = value
  }

  /// From the value of a long key: partition, then the whole user.
  @unsafe static func long(_ value: UnsafeRawBufferPointer) -> StoredUser {
    let user = unsafe UnsafeRawBufferPointer(rebasing: value.dropFirst(4))
    return unsafe StoredUser(user: user.assumingMemoryBound(to: UInt8.self), value: value)
  }

  /// Values stand at any address, odd ones too.
  @unsafe static func partition(in value: UnsafeRawBufferPointer) -> Partition {
    unsafe Partition(littleEndian: value.loadUnaligned(as: Partition.self))
  }
}
