import CLinux
import Glibc

/// How many workers a machine, or the part of it that a container may use, can feed.
public enum CoreCount {
  /// The cores this process may run on, or fewer if its cgroup's CPU limit allows less (at least 1).
  public static func usable() -> Int {
    let allowed = affinity()
    guard let quota = quota() else { return allowed }
    return max(1, min(allowed, quota))
  }

  private static func affinity() -> Int {
    var set = cpu_set_t()
    guard unsafe sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else {
      return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
    let bits = unsafe withUnsafeBytes(of: &set) { bytes in
      unsafe bytes.reduce(0) { $0 + $1.nonzeroBitCount }
    }
    return max(1, bits)
  }

  /// The tightest `cpu.max` on the way from this process's cgroup to the root (cgroup v2), rounded up.
  private static func quota() -> Int? {
    guard let contents = try? Descriptor.contents(of: "/proc/self/cgroup") else { return nil }
    let lines = String(decoding: contents, as: UTF8.self).split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix("0::") }) else { return nil }
    var path = line.dropFirst(3)
    var tightest: Int?
    while true {
      let file = "/sys/fs/cgroup\(path == "/" ? "" : path)/cpu.max"
      if let text = try? Descriptor.contents(of: file),
        let cores = cores(String(decoding: text, as: UTF8.self))
      {
        tightest = min(tightest ?? cores, cores)
      }
      guard let slash = path.lastIndex(of: "/"), path != "/" else { return tightest }
      path = slash == path.startIndex ? "/" : path[..<slash]
    }
  }

  /// `"200000 100000"` is 2 cores; `"max 100000"` no limit.
  static func cores(_ text: String) -> Int? {
    let fields = text.split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]), period > 0
    else { return nil }
    return max(1, (quota + period - 1) / period)
  }
}
