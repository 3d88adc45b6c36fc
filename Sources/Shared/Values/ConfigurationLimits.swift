extension Configuration {
  /// What a client may do before it has its answer. Defaults and their reasons stand with the keys.
  public struct Limits: Sendable, Equatable {
    /// Bytes of XML.
    public let bytes: Int
    /// XML elements.
    public let elements: Int
    /// Depth of elements.
    public let depth: Int
    /// The longest time for one step of the conversation.
    public let step: Duration
    /// The longest time from accept to answer.
    public let total: Duration
    /// Connections of the edge at once; 0: what the process's file descriptors allow.
    public let connections: Int
    /// Connections of one address at once; 0: any number.
    public let addressConcurrent: Int
    /// New connections of one address a second; 0: any number.
    public let addressRate: Int
    /// New connections of one address at once.
    public let addressBurst: Int

    init(_ reader: inout ConfigurationReader) {
      let most = 10_000_000
      bytes = reader.value(.limitBytes, .number(1024...16384))
      elements = reader.value(.limitElements, .number(4...1024))
      depth = reader.value(.limitDepth, .number(3...64))
      step = reader.value(.limitStep, .duration(.milliseconds(10)...(.seconds(600))))
      total = reader.value(.limitTotal, .duration(.milliseconds(10)...(.seconds(3600))))
      connections = reader.value(.limitConnections, .number(0...most))
      addressConcurrent = reader.value(.limitConcurrent, .number(0...most))
      addressRate = reader.value(.limitRate, .number(0...most))
      addressBurst = reader.value(.limitBurst, .number(1...most))
    }
  }
}
