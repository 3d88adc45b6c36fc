import ServiceLifecycle
import UnixSignals

/// The edge while it serves; drains it when the process is told to stop.
struct EdgeService: Service {
  let edge: Edge

  func run() async throws {
    try? await gracefulShutdown()
    await edge.leave()
  }
}

/// Takes changed files: looks for them now and then, and at once on SIGHUP.
struct ReloadService: Service {
  let edge: Edge
  let interval: Duration

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          for await _ in await UnixSignalsSequence(trapping: .sighup) {
            await edge.reload(always: true)
          }
        }
        group.addTask {
          while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            await edge.reload(always: false)
          }
        }
      }
    }
  }
}
