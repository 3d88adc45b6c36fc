import CPlugin

/// What the edge looks for. `@implementation`: the compiler checks it against the header.
@c @implementation
public func redirect_plugin_interface(_ version: UInt32) -> UnsafePointer<redirect_plugin>? {
  version >= UInt32(REDIRECT_PLUGIN_VERSION) ? unsafe Interface.functions.pointer : nil
}

/// The three functions, and how Swift values cross them.
enum Interface {
  /// Made once, and never changed or freed.
  @safe struct Functions: @unchecked Sendable {
    let pointer: UnsafePointer<redirect_plugin>
  }

  static let functions: Functions = {
    let functions = UnsafeMutablePointer<redirect_plugin>.allocate(capacity: 1)
    unsafe functions.initialize(
      to: redirect_plugin(
        version: UInt32(REDIRECT_PLUGIN_VERSION),
        size: UInt32(MemoryLayout<redirect_plugin>.size),
        open: { unsafe Interface.open($0, $1, $2, $3, $4) },
        lookup: { unsafe Interface.lookup($0, $1, $2, $3) },
        close: { unsafe Interface.close($0) }))
    return unsafe Functions(pointer: UnsafePointer(functions))
  }()

  private static func open(
    _ configuration: UnsafePointer<CChar>?, _ length: Int,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ reason: UnsafeMutablePointer<CChar>?, _ reasonSize: Int
  ) -> Int32 {
    let text = unsafe UnsafeRawBufferPointer(start: configuration, count: length)
    do {
      let departments = try unsafe Departments(
        parsing: text, longestNode: Int(REDIRECT_PLUGIN_NODE_SIZE) - 1)
      // The edge keeps it from here on, and gives it back to `close`.
      unsafe state?.pointee = Unmanaged.passRetained(departments).toOpaque()
      return 0
    } catch {
      // All of it is zero before, so the text has its end.
      let room = unsafe UnsafeMutableRawBufferPointer(start: reason, count: reasonSize - 1)
      unsafe room.copyBytes(from: error.description.utf8.prefix(room.count))
      return -1
    }
  }

  private static func lookup(
    _ state: UnsafeMutableRawPointer?, _ user: UnsafePointer<UInt8>?, _ length: Int,
    _ answer: UnsafeMutablePointer<redirect_plugin_answer>?
  ) -> Int32 {
    guard let state = unsafe state, let answer = unsafe answer else { return REDIRECT_PLUGIN_ERROR }
    let user = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: user, count: length))
    // Not retained: the edge holds it, and counting would make all workers write to one place.
    let node = unsafe Unmanaged<Departments>.fromOpaque(state)
      ._withUnsafeGuaranteedRef { $0.node(of: user) }
    guard let node else { return REDIRECT_PLUGIN_UNKNOWN }
    unsafe withUnsafeMutableBytes(of: &answer.pointee.node) { unsafe $0.copyBytes(from: node) }
    return REDIRECT_PLUGIN_NODE
  }

  private static func close(_ state: UnsafeMutableRawPointer?) {
    guard let state = unsafe state else { return }
    unsafe Unmanaged<Departments>.fromOpaque(state).release()
  }
}
