import CLMDB
import Glibc
import Shared

/// LMDB's side of writing a map: entries in, pages out, in transactions small enough that memory
/// stays small.
///
/// No lock file (the file has a name that nobody else uses) and no sync (`AtomicFile` does it once,
/// at the end).
@safe struct BulkLoad: ~Copyable {
  /// Bytes of entries between two commits. The pages they dirty are held in memory, some 1.3 times
  /// as much; larger ones gained no time with 10 million users.
  private static let bytesPerTransaction = 8 << 20
  /// Address space, not memory. Doubled when less than `reserve` is left. The last value stands in
  /// the file, so it must follow from the entries alone.
  private static let firstMapSize = 1 << 30
  /// More than one transaction can need, the header of the map included.
  private static let reserve = 128 << 20

  private let environment: OpaquePointer
  private var transaction: OpaquePointer?
  private var cursor: OpaquePointer?
  private var users: MDB_dbi = 0
  private var mapSize = Self.firstMapSize
  private var bytesInTransaction = 0
  private let pageSize: Int

  /// Begins a load into an empty file.
  static func into(_ path: String) throws(LMDBError) -> BulkLoad {
    var load = unsafe BulkLoad(try create(path: path))
    try load.begin()
    try LMDBError.check(
      unsafe mdb_dbi_open(load.transaction, MapLayout.users, UInt32(MDB_CREATE), &load.users),
      "mdb_dbi_open")
    try load.openCursor()
    return load
  }

  private init(_ environment: OpaquePointer) {
    unsafe self.environment = environment
    var status = MDB_stat()
    unsafe mdb_env_stat(environment, &status)
    pageSize = Int(status.ms_psize)
  }

  private static func create(path: String) throws(LMDBError) -> OpaquePointer {
    var created: OpaquePointer?
    try LMDBError.check(unsafe mdb_env_create(&created), "mdb_env_create")
    guard let created = unsafe created else { fatalError("mdb_env_create gave nothing") }
    do {
      try LMDBError.check(unsafe mdb_env_set_maxdbs(created, 2), "mdb_env_set_maxdbs")
      try LMDBError.check(unsafe mdb_env_set_mapsize(created, firstMapSize), "mdb_env_set_mapsize")
      let flags = UInt32(MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC)
      try LMDBError.check(unsafe mdb_env_open(created, path, flags, 0o600), "mdb_env_open")
    } catch {
      unsafe mdb_env_close(created)
      throw error
    }
    precondition(
      unsafe Int(mdb_env_get_maxkeysize(created)) == MapLayout.longestKey,
      "LMDB was built with another limit for keys")
    return unsafe created
  }

  /// Adds a user; those whose JID fits a key must come in ascending order. False if it is there
  /// already, or not ascending.
  mutating func add(_ user: Span<UInt8>, _ partition: Partition) throws(LMDBError) -> Bool {
    let number: Int32
    if user.count <= MapLayout.longestKey {
      var stored = partition.littleEndian
      number = unsafe user.withUnsafeBytes { user in
        unsafe withUnsafeMutableBytes(of: &stored) { stored in
          unsafe put(key: user, value: UnsafeRawBufferPointer(stored), flags: UInt32(MDB_APPEND))
        }
      }
      bytesInTransaction += user.count + 4
    } else {
      let key = MapLayout.longKey(user)
      var value = LittleEndian.bytes(of: partition)
      for place in user.indices { value.append(user[place]) }
      number = unsafe key.withUnsafeBytes { key in
        unsafe value.withUnsafeBytes { value in
          unsafe put(key: key, value: value, flags: UInt32(MDB_NOOVERWRITE))
        }
      }
      // It stands in a random place: a leaf, a branch and an overflow page or two are dirtied for
      // it alone.
      bytesInTransaction += 4 * pageSize
    }
    if number == MDB_KEYEXIST { return false }
    try LMDBError.check(number, "mdb_cursor_put")
    if bytesInTransaction >= Self.bytesPerTransaction { try renew() }
    return true
  }

  /// Adds the entries of `meta`, ends the load, and gives the bytes that LMDB's pages take from the
  /// start of the file on.
  mutating func finish(meta: [(key: MapLayout.MetaKey, value: [UInt8])]) throws(LMDBError) -> Int {
    try renew()
    var database: MDB_dbi = 0
    try LMDBError.check(
      unsafe mdb_dbi_open(transaction, MapLayout.meta, UInt32(MDB_CREATE), &database),
      "mdb_dbi_open")
    for (key, value) in meta {
      let number = unsafe Array(key.rawValue.utf8).withUnsafeBytes { key in
        unsafe value.withUnsafeBytes { value in
          var key = unsafe Self.entry(key)
          var value = unsafe Self.entry(value)
          return unsafe mdb_put(transaction, database, &key, &value, UInt32(MDB_NOOVERWRITE))
        }
      }
      try LMDBError.check(number, "mdb_put")
    }
    try commit()
    return usedBytes
  }

  deinit {
    if let transaction = unsafe transaction { unsafe mdb_txn_abort(transaction) }
    unsafe mdb_env_close(environment)
  }
}

extension BulkLoad {
  private var usedBytes: Int {
    var info = unsafe MDB_envinfo()
    unsafe mdb_env_info(environment, &info)
    return unsafe (info.me_last_pgno + 1) * pageSize
  }

  private mutating func begin() throws(LMDBError) {
    var begun: OpaquePointer?
    try LMDBError.check(unsafe mdb_txn_begin(environment, nil, 0, &begun), "mdb_txn_begin")
    unsafe transaction = begun
    bytesInTransaction = 0
  }

  private mutating func openCursor() throws(LMDBError) {
    var opened: OpaquePointer?
    try LMDBError.check(unsafe mdb_cursor_open(transaction, users, &opened), "mdb_cursor_open")
    unsafe cursor = opened
  }

  /// Frees the transaction and its cursor whether it succeeds or not.
  private mutating func commit() throws(LMDBError) {
    let ending = unsafe transaction
    unsafe transaction = nil
    unsafe cursor = nil
    try LMDBError.check(unsafe mdb_txn_commit(ending), "mdb_txn_commit")
  }

  private mutating func renew() throws(LMDBError) {
    try commit()
    if usedBytes + Self.reserve > mapSize {
      mapSize *= 2
      try LMDBError.check(unsafe mdb_env_set_mapsize(environment, mapSize), "mdb_env_set_mapsize")
    }
    try begin()
    try openCursor()
  }

  private func put(
    key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, flags: UInt32
  ) -> Int32 {
    var key = unsafe Self.entry(key)
    var value = unsafe Self.entry(value)
    return unsafe mdb_cursor_put(cursor, &key, &value, flags)
  }

  private static func entry(_ bytes: UnsafeRawBufferPointer) -> MDB_val {
    unsafe MDB_val(
      mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
  }
}
