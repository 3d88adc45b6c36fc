import Glibc
import Shared

/// The IP addresses of this machine's interfaces, as they are now.
struct LocalAddresses {
  private let hosts: Set<[UInt8]>

  init() {
    var hosts: Set<[UInt8]> = []
    var first: UnsafeMutablePointer<ifaddrs>? = nil
    if unsafe getifaddrs(&first) == 0 {
      var next = unsafe first
      while let interface = unsafe next {
        if let address = unsafe interface.pointee.ifa_addr, let host = unsafe Self.host(address) {
          hosts.insert(host)
        }
        unsafe next = interface.pointee.ifa_next
      }
      unsafe freeifaddrs(first)
    }
    self.hosts = hosts
  }

  /// Whether the host is an IP address, and one of them. Names are not resolved.
  func contain(_ address: HostPort) -> Bool {
    var four = in_addr()
    var six = in6_addr()
    if unsafe inet_pton(AF_INET, address.host, &four) == 1 {
      // The whole of 127/8 is this machine.
      return address.isLoopback
        || hosts.contains(unsafe withUnsafeBytes(of: &four) { unsafe Array($0) })
    }
    guard unsafe inet_pton(AF_INET6, address.host, &six) == 1 else { return false }
    return hosts.contains(unsafe withUnsafeBytes(of: &six) { unsafe Array($0) })
  }

  private static func host(_ address: UnsafeMutablePointer<sockaddr>) -> [UInt8]? {
    let raw = UnsafeRawPointer(address)
    switch Int32(unsafe address.pointee.sa_family) {
    case AF_INET:
      var four = unsafe raw.load(as: sockaddr_in.self).sin_addr
      return unsafe withUnsafeBytes(of: &four) { unsafe Array($0) }
    case AF_INET6:
      var six = unsafe raw.load(as: sockaddr_in6.self).sin6_addr
      return unsafe withUnsafeBytes(of: &six) { unsafe Array($0) }
    default: return nil
    }
  }
}
