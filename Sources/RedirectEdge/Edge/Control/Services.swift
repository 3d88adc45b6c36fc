import ServiceLifecycle
import UnixSignals

/// The edge while it serves; drains it when the process is told to stop.
struct EdgeService: Service {
  let edge: Edge

  func run() async throws {
    EarlySignals.repeatEnd()
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
          let hangups = await UnixSignalsSequence(trapping: .sighup)
          if EarlySignals.hangupCame { await edge.reload(always: true) }
          for await _ in hangups {
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

/// Takes what probes find of the features of nodes, where clients are relayed.
struct OffersService: Service {
  let edge: Edge

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await _ in edge.learned.stream { await edge.takeOffers() }
    }
  }
}
