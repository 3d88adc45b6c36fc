/// The version of both programs, as `--version` tells it.
public enum Version {
  /// By semver.org.
  public static let text = "0.1.0"
}
