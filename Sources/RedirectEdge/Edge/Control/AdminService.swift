import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Shared

/// The admin port: HTTP/1.1 for operators and their tools.
///
/// It changes nothing without `POST`, and takes no request from a browser's foreign page.
struct AdminService: Service {
  private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

  /// A connection that says nothing, or reads nothing, is cut after this long.
  private static let patience = TimeAmount.seconds(30)
  let edge: Edge
  let log: EdgeLog
  /// The bearer token that every request must carry (RFC 6750 section 2.1); nil: none.
  let token: [UInt8]?
  private let server: NIOAsyncChannel<Connection, Never>
  private let group: MultiThreadedEventLoopGroup

  /// Binds the address at once, so that a start fails where it cannot be had.
  init(edge: Edge, address: HostPort, token: [UInt8]?, log: EdgeLog) async throws {
    self.edge = edge
    self.log = log
    self.token = token
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    server = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: address.host, port: Int(address.port)) { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(IdleStateHandler(allTimeout: Self.patience))
          try pipeline.addHandler(IdleCloser())
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
  }

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown {
        try await withThrowingDiscardingTaskGroup { tasks in
          try await server.executeThenClose { connections in
            for try await connection in connections {
              tasks.addTask { try? await serve(connection) }
            }
          }
        }
      }
    } catch is CancellationError {
      // Told to stop.
    }
    try await group.shutdownGracefully()
  }

  private func serve(_ connection: Connection) async throws {
    try await connection.executeThenClose { requests, responses in
      var head: HTTPRequestHead?
      for try await part in requests {
        switch part {
        case .head(let new): head = new
        case .body: continue
        case .end:
          guard let asked = head else { continue }
          let answer = await answer(asked)
          try await responses.write(
            contentsOf: Self.parts(answer, to: asked))
          guard asked.isKeepAlive else { return }
        }
      }
    }
  }

  private func answer(_ head: HTTPRequestHead) async -> AdminAnswer {
    guard isAllowed(head) else {
      return .fault(401, "expected the header Authorization: Bearer TOKEN")
    }
    do throws(AdminRequest.Fault) {
      let request = try AdminRequest(method: head.method.rawValue, target: head.uri)
      // A page of some other site that a browser on this machine shows must not drain anything.
      if request.isChange, head.headers.contains(name: "Origin") {
        return .fault(403, "requests from web pages are not taken")
      }
      return await edge.answer(request)
    } catch {
      switch error {
      case .noUser:
        return .fault(400, "expected ?user= and a JID, percent-encoded where it is not ASCII")
      case .notFound: return .fault(404, "there is no such resource")
      case .wrongMethod(let allow):
        return .fault(405, "expected the method \(allow)", allow: allow)
      }
    }
  }

  private func isAllowed(_ head: HTTPRequestHead) -> Bool {
    guard let token else { return true }
    let expected = Array("Bearer ".utf8) + token
    let given = Array((head.headers["Authorization"].first ?? "").utf8)
    guard given.count == expected.count else { return false }
    // All bytes are looked at, so that the time does not tell how many are right.
    return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private static func parts(
    _ answer: AdminAnswer, to head: HTTPRequestHead
  ) -> [HTTPServerResponsePart] {
    let body = ByteBuffer(string: answer.body)
    var headers: HTTPHeaders = [
      "Content-Type": answer.contentType, "Content-Length": "\(body.readableBytes)",
      "Cache-Control": "no-store",
    ]
    if let allow = answer.allow { headers.add(name: "Allow", value: allow) }
    if answer.status == 401 { headers.add(name: "WWW-Authenticate", value: "Bearer") }
    if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
    let status = HTTPResponseStatus(statusCode: answer.status)
    var parts: [HTTPServerResponsePart] = [
      .head(HTTPResponseHead(version: head.version, status: status, headers: headers))
    ]
    if head.method != .HEAD { parts.append(.body(.byteBuffer(body))) }
    return parts + [.end(nil)]
  }
}

/// Closes a connection on which nothing happens.
private final class IdleCloser: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is IdleStateHandler.IdleStateEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    context.close(promise: nil)
  }
}
