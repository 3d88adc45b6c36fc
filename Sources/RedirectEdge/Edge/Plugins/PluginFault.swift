/// What is wrong with a plug-in's answer. The next provider is asked.
enum PluginFault: Error, CustomStringConvertible {
  /// It says so itself.
  case error
  /// A code that the header does not name.
  case code(Int32)
  /// Partition 0.
  case noPartition
  /// The name of a node without an end.
  case endlessName
  /// A name that is no node's.
  case unknownNode([UInt8])

  var description: String {
    switch self {
    case .error: "it returned an error"
    case .code(let code): "it returned \(code); expected a code of redirect_plugin.h"
    case .noPartition: "it named partition 0; expected 1 or more"
    case .endlessName: "it named a node without a NUL at the end"
    case .unknownNode(let name):
      "it named the node `\(String(decoding: name, as: UTF8.self))`; expected one of redirect.to"
    }
  }
}
