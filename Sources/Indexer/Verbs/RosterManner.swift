import Rosters
import Shared

extension RosterFiles {
  /// How rosters are read.
  struct Manner {
    /// Decides where given; else each file's content does.
    let format: RosterFormat?
    /// The local domains; empty: those of the owners of rosters.
    let domains: [Domain]
    /// How names are made canonical.
    let profile: JIDProfile
    /// Bytes that entries may take.
    let memory: Int
    /// Where the others go.
    let spillDirectory: String
    /// The directory that keeps what inputs say; nil: none does.
    let cacheDirectory: String?

    /// All that changes what inputs say.
    var words: String {
      "\(profile.rawValue) \(format?.rawValue ?? "-") "
        + domains.map(\.description).joined(separator: " ")
    }
  }
}
