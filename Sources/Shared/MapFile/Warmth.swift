import Glibc

/// Brings all pages of a mapping into this process's page table, so that no look-up has to wait for
/// one.
enum Warmth {
  /// madvise(2), since Linux 5.14; not yet in Glibc's headers of Debian 12.
  private static let populateRead: Int32 = 22
  private static let smallestPage = 4096

  /// `inside` is any address in the mapping, which is at least `length` bytes long. False if pages
  /// are missing: the file was cut short.
  @unsafe static func populate(around inside: UnsafeRawPointer, length: Int) -> Bool {
    guard let mapping = mapping(around: UInt(bitPattern: inside)) else { return true }
    guard let base = unsafe UnsafeMutableRawPointer(bitPattern: mapping.lowerBound) else {
      return true
    }
    let count = min(length, mapping.count)
    if unsafe madvise(base, count, populateRead) == 0 { return true }
    if errno == EFAULT { return false }
    // An older kernel: touch each page.
    var sum: UInt8 = 0
    for offset in stride(from: 0, to: count, by: smallestPage) {
      sum &+= unsafe base.load(fromByteOffset: offset, as: UInt8.self)
    }
    return withExtendedLifetime(sum) { true }
  }

  /// The mapping that holds an address, as the kernel tells: LMDB does not say where its own
  /// begins.
  private static func mapping(around address: UInt) -> Range<UInt>? {
    let descriptor = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Descriptor.read(descriptor, into: &buffer, at: 0)
      if count <= 0 { break }
      text.append(contentsOf: buffer[..<count])
    }
    for line in text.split(separator: UInt8(ascii: "\n")) {
      // "7f12a000-7f12b000 r--s 00000000 fe:00 1234 /path"
      let range = line.prefix { $0 != UInt8(ascii: " ") }.split(separator: UInt8(ascii: "-"))
      guard range.count == 2,
        let start = UInt(String(decoding: range[0], as: UTF8.self), radix: 16),
        let end = UInt(String(decoding: range[1], as: UTF8.self), radix: 16)
      else { continue }
      if start <= address && address < end { return start..<end }
    }
    return nil
  }
}
