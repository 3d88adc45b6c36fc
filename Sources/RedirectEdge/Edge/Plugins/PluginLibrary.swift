import CLinux
import CPlugin
import Glibc
import MapFile

/// The code of a plug-in, loaded from a private copy and never unloaded.
///
/// From a copy (`memfd`), because the loader takes a library of a known path for the known one, even when the file was
/// replaced; and because whoever writes into a mapped file changes, or ends, the process. Never unloaded, because nobody can
/// tell that no thread is left in it, and the Swift runtime keeps pointers into every image that it has seen.
@safe final class PluginLibrary: @unchecked Sendable {
  /// The version of the interface that this edge speaks.
  private static let version = UInt32(REDIRECT_PLUGIN_VERSION)
  private static let symbol = "redirect_plugin_interface"

  /// Where the file was, for complaints.
  private let path: String
  private let handle: UnsafeMutableRawPointer

  /// Loads the library whose bytes these are, and runs its constructors.
  init(_ contents: [UInt8], path: String) throws(Refusal) {
    if let fault = SharedObject.fault(in: contents.span) { throw Refusal(["\(path): \(fault)"]) }
    self.path = path
    unsafe handle = unsafe try Self.load(contents, path)
  }

  /// What the library can do; all functions are there.
  ///
  /// - Throws: what makes it no plug-in of this version.
  func functions() throws(Refusal) -> redirect_plugin {
    func refusal(_ reason: String) -> Refusal { Refusal(["\(path): \(reason)"]) }
    guard let symbol = unsafe dlsym(handle, Self.symbol) else {
      throw refusal("this library is no plug-in; expected it to export `\(Self.symbol)`")
    }
    typealias Interface = @convention(c) (UInt32) -> UnsafePointer<redirect_plugin>?
    let interface = unsafe unsafeBitCast(symbol, to: Interface.self)
    guard let offered = unsafe interface(Self.version) else {
      throw refusal("a plug-in of another version of the interface; expected \(Self.version)")
    }
    // Version and size come first in every version; what follows is looked at only when they are right.
    let version = unsafe offered.pointee.version
    guard version == Self.version else {
      throw refusal("a plug-in of version \(version) of the interface; expected \(Self.version)")
    }
    let (size, expected) = unsafe (offered.pointee.size, MemoryLayout<redirect_plugin>.size)
    guard size >= UInt32(expected) else {
      throw refusal("the plug-in's functions fill \(size) bytes; expected \(expected)")
    }
    let functions = unsafe offered.pointee
    guard unsafe functions.open != nil, unsafe functions.lookup != nil,
      unsafe functions.close != nil
    else { throw refusal("a function of the plug-in is NULL; expected open, lookup and close") }
    return functions
  }

  private static func load(
    _ contents: [UInt8], _ path: String
  ) throws(Refusal) -> UnsafeMutableRawPointer {
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    // The name is for /proc/PID/maps only, and must not be long.
    let descriptor = unsafe memfd_create(String(name.prefix(60)), MFD_CLOEXEC)
    guard descriptor >= 0 else {
      throw Refusal(["\(path): \(SystemError("memfd_create", "a private copy"))"])
    }
    let trouble = Descriptor.writeAll(contents.span, to: descriptor)
    guard trouble == 0 else {
      close(descriptor)
      throw Refusal(["\(path): \(SystemError("write", "a private copy", code: trouble))"])
    }
    // The descriptor stays open with the library: its number is in the path by which the loader knows the library, so the
    // next one must not get it.
    let copy = "/proc/self/fd/\(descriptor)"
    guard let handle = unsafe dlopen(copy, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
      var reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "for no known reason"
      if reason.hasPrefix(copy + ": ") { reason.removeFirst(copy.count + 2) }
      close(descriptor)
      throw Refusal(["\(path): cannot be loaded: \(reason)"])
    }
    return unsafe handle
  }
}
