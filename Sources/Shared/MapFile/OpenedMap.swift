import CLMDB
import Shared

/// LMDB's handles of a map: the environment and its two databases, valid in every later
/// transaction.
@safe struct OpenedMap {
  let environment: OpaquePointer
  let users: MDB_dbi
  let meta: MDB_dbi

  /// Maps the file behind the descriptor, not whatever has its name by now.
  init(_ file: VerifiedFile, path: String) throws(MapError) {
    do {
      unsafe environment = try Self.open(file.descriptor)
    } catch {
      throw MapError(path, .inside(error.description))
    }
    do throws(MapError) {
      try unsafe Self.checkLength(environment, file.length, path)
      do {
        (users, meta) = try unsafe Self.databases(of: environment)
      } catch {
        throw MapError(path, .inside(error.description))
      }
    } catch {
      unsafe mdb_env_close(environment)
      throw error
    }
  }

  private static func open(_ descriptor: Int32) throws(LMDBError) -> OpaquePointer {
    var created: OpaquePointer?
    try LMDBError.check(unsafe mdb_env_create(&created), "mdb_env_create")
    guard let created = unsafe created else { fatalError("mdb_env_create gave nothing") }
    do {
      try LMDBError.check(unsafe mdb_env_set_maxdbs(created, 2), "mdb_env_set_maxdbs")
      // LMDB raises this to the bytes there are, and so maps no more than those.
      try LMDBError.check(unsafe mdb_env_set_mapsize(created, 1), "mdb_env_set_mapsize")
      let flags = UInt32(MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS)
      try LMDBError.check(
        unsafe mdb_env_open(created, "/proc/self/fd/\(descriptor)", flags, 0), "mdb_env_open")
    } catch {
      unsafe mdb_env_close(created)
      throw error
    }
    return unsafe created
  }

  /// Pages that LMDB expects and the file does not have would be a bus error, not an error.
  private static func checkLength(
    _ environment: OpaquePointer, _ length: Int, _ path: String
  ) throws(MapError) {
    var info = unsafe MDB_envinfo()
    unsafe mdb_env_info(environment, &info)
    var status = MDB_stat()
    unsafe mdb_env_stat(environment, &status)
    let used = unsafe (info.me_last_pgno + 1) * Int(status.ms_psize)
    if used != length {
      throw MapError(
        path, .inside("LMDB needs \(used) bytes; expected \(length) before the trailer"))
    }
  }

  private static func databases(
    of environment: OpaquePointer
  ) throws(LMDBError) -> (users: MDB_dbi, meta: MDB_dbi) {
    var transaction: OpaquePointer?
    try LMDBError.check(
      unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction), "mdb_txn_begin")
    var users: MDB_dbi = 0
    var meta: MDB_dbi = 0
    do {
      try LMDBError.check(
        unsafe mdb_dbi_open(transaction, MapLayout.users, 0, &users), "mdb_dbi_open users")
      try LMDBError.check(
        unsafe mdb_dbi_open(transaction, MapLayout.meta, 0, &meta), "mdb_dbi_open meta")
    } catch {
      unsafe mdb_txn_abort(transaction)
      throw error
    }
    // A commit, because an abort would take the handles with it.
    try LMDBError.check(unsafe mdb_txn_commit(transaction), "mdb_txn_commit")
    return (users, meta)
  }
}

/// What `meta` says, checked: the writer's promises, seen from the reader's side.
@safe struct MapContents {
  let header: DatabaseHeader
  let users: UInt64
  let partitions: Partition
  let format: UInt32
  /// An address in the mapping.
  private let inside: UnsafeRawPointer

  init(_ opened: OpenedMap, path: String, profile: JIDProfile?) throws(MapError) {
    var begun: OpaquePointer?
    let trouble = unsafe mdb_txn_begin(opened.environment, nil, UInt32(MDB_RDONLY), &begun)
    guard trouble == 0, let transaction = unsafe begun else {
      let error = LMDBError(call: "mdb_txn_begin", number: trouble)
      throw MapError(path, .inside(error.description))
    }
    defer { unsafe mdb_txn_abort(transaction) }
    func value(_ key: MapLayout.MetaKey) throws(MapError) -> UnsafeRawBufferPointer {
      let found = unsafe Array(key.rawValue.utf8).withUnsafeBytes { bytes in
        var key = unsafe MDB_val(
          mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        var value = unsafe MDB_val()
        let number = unsafe mdb_get(transaction, opened.meta, &key, &value)
        return unsafe number == 0
          ? UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size) : nil
      }
      guard let found = unsafe found else {
        throw MapError(path, .inside("meta has no `\(key.rawValue)`"))
      }
      return unsafe found
    }
    func number<N: FixedWidthInteger & UnsignedInteger>(
      _ key: MapLayout.MetaKey, as: N.Type
    ) throws(MapError) -> N {
      guard let number = LittleEndian.number(unsafe Array(try value(key)), as: N.self) else {
        throw MapError(path, .inside("`\(key.rawValue)` in meta is not of \(N.bitWidth) bits"))
      }
      return number
    }

    // The format first: what a newer one says of the rest is not ours to judge.
    format = try number(.format, as: UInt32.self)
    if format > MapLayout.format { throw MapError(path, .newer(format: format)) }
    let told = unsafe String(decoding: try value(.profile), as: UTF8.self)
    if let profile, told != profile.rawValue {
      throw MapError(path, .profile(found: told, expected: profile))
    }
    users = try number(.users, as: UInt64.self)
    partitions = try number(.partitions, as: UInt32.self)
    let bytes = unsafe try value(.header)
    unsafe inside = bytes.baseAddress.unsafelyUnwrapped
    let text = unsafe String(decoding: bytes, as: UTF8.self)
    do {
      header = try DatabaseHeader(parsing: text, file: "header in the map")
    } catch {
      throw MapError(path, .inside(error.description))
    }

    var status = MDB_stat()
    unsafe mdb_stat(transaction, opened.users, &status)
    if UInt64(status.ms_entries) != users {
      throw MapError(
        path, .inside("\(status.ms_entries) users; expected \(users), as meta says"))
    }
    if header.partitions != partitions || header.profile.rawValue != told
      || (header.users ?? users) != users
    {
      throw MapError(path, .inside("its header and meta differ"))
    }
  }

  /// False if the file has become shorter than `length` bytes.
  func populate(length: Int) -> Bool {
    unsafe Warmth.populate(around: inside, length: length)
  }
}
