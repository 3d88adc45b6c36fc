import Logging

/// swift-log's door to the edge's log, for the libraries of the control plane.
struct EdgeLogHandler: LogHandler {
  let label: String
  let log: EdgeLog
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level

  init(label: String, log: EdgeLog) {
    self.label = label
    self.log = log
    logLevel = log.level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let fields = all.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
    log.write(event.level, "\(event.message)", [("label", label)] + fields)
  }
}
