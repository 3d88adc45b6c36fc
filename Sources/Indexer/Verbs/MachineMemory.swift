import Glibc
import MapFile
import Rosters

/// How much memory this process may use at the most.
enum MachineMemory {
  /// Bytes: the machine's, or the container's limit where that is less.
  static var bytes: Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return limitFiles.compactMap(limit).reduce(machine, min)
  }

  /// Inside a container its own control group is the root: version 2, version 1.
  private static let limitFiles = [
    "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
  ]

  /// Nil without such a file, or where it says `max`.
  private static func limit(_ path: String) -> Int? {
    guard let contents = try? Descriptor.contents(of: path) else { return nil }
    return Int(String(decoding: contents.prefix { $0 != 0x0A }, as: UTF8.self))
  }
}

extension MemoryAdvice {
  /// Large pages, where the system gives them to those that ask.
  static let largePages = unsafe MemoryAdvice { memory in
    // Without them everything works as well.
    _ = unsafe madvise(memory.baseAddress, memory.count, MADV_HUGEPAGE)
  }
}
