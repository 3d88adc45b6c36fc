import CPlugin
import Glibc
import MapFile
import Routing
import Shared

/// A plug-in that is open: its code and its state. Part of a snapshot; closed when the last snapshot that has it is let go,
/// which the control plane does and no worker.
@safe final class Plugin: @unchecked Sendable {
  let name: String
  /// The files as they were when they were read.
  let stamps: PluginFiles.Stamps
  /// Answers that were wrong.
  let faults = Recurrence()
  /// Answers that took too long.
  let delays = Recurrence()
  private let functions: redirect_plugin
  private let state: UnsafeMutableRawPointer?

  /// Opens it.
  ///
  /// - Parameter configuration: the text of its own configuration file; empty if it has none.
  /// - Throws: what the plug-in says why it does not open.
  init(
    _ files: PluginFiles, stamps: PluginFiles.Stamps, library: PluginLibrary,
    configuration: [UInt8]
  ) throws(Refusal) {
    let functions = try library.functions()
    var opened: UnsafeMutableRawPointer?
    var reason = [CChar](repeating: 0, count: Self.reasonSize)
    // A NUL behind the text, for those who read it as a C string.
    let text = configuration + [0]
    let code = unsafe text.withUnsafeBytes { text in
      unsafe functions.open(
        text.baseAddress!.assumingMemoryBound(to: CChar.self), configuration.count, &opened,
        &reason, reason.count)
    }
    guard code == 0 else {
      let said = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      let text = said.isEmpty ? "it gives no reason" : String(decoding: said, as: UTF8.self)
      throw Refusal(["\(files.configuration ?? files.library): plug-in `\(files.name)`: \(text)"])
    }
    // Set only now: what did not open is not closed.
    name = files.name
    self.stamps = stamps
    self.functions = functions
    unsafe state = unsafe opened
  }

  deinit {
    unsafe functions.close(state)
  }

  /// Bytes for the plug-in's own words, as the header promises.
  private static let reasonSize = 1024

  /// Where the plug-in says that a user belongs. For any number of threads at once; allocates nothing, if the plug-in does
  /// not.
  ///
  /// - Parameter nodes: the index of a name of `redirect.to`; nil if no node is called so.
  func answer(
    for user: Span<UInt8>, node: (Span<UInt8>) -> Int?
  ) throws(PluginFault) -> PluginAnswer {
    var answer = redirect_plugin_answer()
    answer.size = UInt32(MemoryLayout<redirect_plugin_answer>.size)
    let code = unsafe user.withUnsafeBufferPointer { user in
      unsafe functions.lookup(state, user.baseAddress, user.count, &answer)
    }
    switch code {
    case REDIRECT_PLUGIN_UNKNOWN: return .unknown
    case REDIRECT_PLUGIN_ERROR: throw .error
    case REDIRECT_PLUGIN_PARTITION:
      let partition = answer.partition
      guard partition > 0 else { throw .noPartition }
      return .partition(partition)
    case REDIRECT_PLUGIN_NODE:
      let index = try unsafe withUnsafeBytes(of: &answer.node) { text throws(PluginFault) in
        guard let end = unsafe text.firstIndex(of: 0) else { throw .endlessName }
        let name = unsafe UnsafeRawBufferPointer(rebasing: text[..<end])
        guard let index = unsafe node(Span(_unsafeBytes: name)) else {
          throw .unknownNode(unsafe Array(name))
        }
        return index
      }
      return .node(index)
    default: throw .code(code)
    }
  }
}
