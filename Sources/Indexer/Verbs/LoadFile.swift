import Rosters
import Shared

/// The file of `--load`.
enum LoadFile {
  /// As large as Linux reads ahead for one file.
  private static let blockSize = 256 << 10

  /// What it says of `users`; `-` is standard input.
  static func read(_ path: String, users: UserNames, profile: JIDProfile) throws(Complaint) -> Loads
  {
    func complaint(_ failure: ByteSource.Failure) -> Complaint {
      Complaint(place: path, message: failure.text)
    }
    let source: ByteSource
    do throws(ByteSource.Failure) {
      source = try ByteSource.open(path)
    } catch {
      throw complaint(error)
    }
    var reader = LoadReader(file: source.name, users: users, profile: profile)
    var block = [UInt8](repeating: 0, count: blockSize)
    while true {
      let count: Int
      do throws(ByteSource.Failure) {
        count = try source.read(into: &block)
      } catch {
        throw complaint(error)
      }
      if count == 0 { return try reader.finish() }
      try reader.read(block.span.extracting(..<count))
    }
  }
}
