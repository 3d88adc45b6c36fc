import PeerProtocol

/// What other threads tell a worker.
enum WorkerMessage {
  /// Serve this from now on; `sockets[i]` listens for the snapshot's i-th listener and belongs to the worker.
  case serve(WorkerSnapshot, sockets: [ListeningSocket])
  /// Let nobody new in, answer those who are there, and end; `deadline` in `Clock` milliseconds.
  /// Relayed clients are closed one by one until `relays`.
  case leave(deadline: Int64, relays: Int64)
  /// What asking peers has led to; `ticket` is the one that was given to `Peers.ask`.
  case peerAnswer(ticket: UInt64, PeerAnswer)
}
