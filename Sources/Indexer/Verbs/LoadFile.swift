import Rosters
import Shared

/// The file of `--load`.
enum LoadFile {
  /// What it says of `users`; `-` is standard input.
  static func read(_ path: String, users: UserNames, profile: JIDProfile) throws(Complaints)
    -> Loads
  {
    let source = try ByteSource.opened(path)
    var reader = LoadReader(file: source.name, users: users, profile: profile)
    try source.readAll { (block) throws(Complaints) in
      do throws(Complaint) {
        try reader.read(block)
      } catch {
        throw Complaints(error)
      }
    }
    do throws(Complaint) {
      return try reader.finish()
    } catch {
      throw Complaints(error)
    }
  }
}
