// Opens many plain connections to an edge, each naming itself in its stream header, and checks every
// answer byte for byte: which target was named, and is it one that this user may be sent to?
//
//   load PORT USERS CONNECTIONS [--open N] [--rate N] [--sources N] [--seconds N] [--seed N] [--delays FILE]
//
// USERS: lines `user<TAB>target of the first map<TAB>target of the second ...`. On standard output a
// line `done N` after each thousand connections, so that whoever listens can change something in the
// middle, then one line of JSON. Exit code 0 if every connection was answered rightly.
// One thread, epoll, at most `--open` connections at a time, from `--sources` addresses of 127.1/16,
// because one address has only some 28,000 ports and a closed connection keeps its port for a minute.
// Users come in turn, or at random with `--seed`. `--delays` writes a line `user's number<TAB>target<TAB>nanoseconds`
// for each connection that was answered rightly, in the order of the answers: from the header to the first byte.
// One file, because the tests compile it by itself.

import CLinux
import Glibc

struct Options {
  var port: UInt16 = 0
  var users = ""
  var connections = 0
  var open = 200
  var rate = 0  // a second; 0: as fast as possible
  var sources = 48
  var seconds = 10.0  // for one connection
  var seed: UInt64 = 0  // 0: users come in turn
  var delays = ""

  init(_ arguments: [String]) {
    guard arguments.count >= 4, let port = UInt16(arguments[1]), let count = Int(arguments[3])
    else {
      stop("usage: load PORT USERS CONNECTIONS [--open N] [--rate N] ...: see the source")
    }
    (self.port, users, connections) = (port, arguments[2], count)
    var rest = arguments[4...]
    while let flag = rest.popFirst() {
      guard let text = rest.popFirst() else { stop("\(flag): a value") }
      if flag == "--delays" {
        delays = text
        continue
      }
      guard let value = Double(text) else { stop("\(flag): a number") }
      switch flag {
      case "--open": open = Int(value)
      case "--rate": rate = Int(value)
      case "--sources": sources = Int(value)
      case "--seconds": seconds = value
      case "--seed": seed = UInt64(value)
      default: stop("unknown: \(flag)")
      }
    }
  }
}

func stop(_ message: String) -> Never {
  say(message, to: 2)
  exit(2)
}

func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// A user, what it says, and the targets it may be told, one for each map.
struct Caller {
  let header: [UInt8]
  let targets: [[UInt8]]

  init?(line: Substring) {
    let fields = line.split(separator: "\t")
    guard fields.count >= 2, let at = fields[0].firstIndex(of: "@") else { return nil }
    let domain = fields[0][fields[0].index(after: at)...]
    header = Array(
      """
      <?xml version='1.0'?><stream:stream to='\(domain)' from='\(fields[0])' version='1.0' \
      xml:lang='en' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>
      """.utf8)
    targets = fields.dropFirst().map { Array($0.utf8) }
  }
}

/// How a connection can end.
enum Outcome: String, CaseIterable {
  case right, wrongTarget, otherError, truncated, empty
  case refused, resetBeforeAnswer, resetAfterAnswer, timeout, noSocket
}

/// One connection under way.
struct Call {
  var descriptor: Int32 = -1
  var caller = 0
  var started = 0.0
  var said = 0.0
  var heard = 0.0
  var sent = false
  var answer: [UInt8] = []
}

struct Load {
  let options: Options
  let callers: [Caller]
  let poller = epoll_create1(0)
  var calls: [Call]
  var idle: [Int]
  var started = 0
  var finished = 0
  var outcomes: [Outcome: Int] = [:]
  var ofMap: [Int]  // answers that only this map can have given
  var examples: [String] = []  // of what was wrong
  var slowest = 0.0
  var delays: [UInt8] = []
  var random: UInt64
  var buffer = [UInt8](repeating: 0, count: 8192)

  init(_ options: Options, _ callers: [Caller]) {
    self.options = options
    self.callers = callers
    random = options.seed
    calls = Array(repeating: Call(), count: options.open)
    idle = Array((0..<options.open).reversed())
    ofMap = Array(repeating: 0, count: callers.map(\.targets.count).max() ?? 0)
  }

  mutating func run() {
    let begin = now()
    var checked = begin
    var events = [epoll_event](repeating: epoll_event(), count: options.open)
    while finished < options.connections {
      let time = now()
      var allowed = options.connections
      if options.rate > 0 { allowed = Int((time - begin) * Double(options.rate)) + 1 }
      while started < min(allowed, options.connections), let place = idle.popLast() { dial(place) }
      let ready = epoll_wait(poller, &events, Int32(events.count), options.rate > 0 ? 1 : 100)
      for index in 0..<max(0, Int(ready)) {
        serve(Int(events[index].data.u64), failed: events[index].events & EPOLLERR.rawValue != 0)
      }
      if time - checked > 0.5 {
        checked = time
        for place in calls.indices where calls[place].descriptor >= 0 {
          if time - calls[place].started > options.seconds { end(place, .timeout) }
        }
      }
    }
    report(seconds: now() - begin)
  }

  /// Opens the next connection, from the next address.
  mutating func dial(_ place: Int) {
    let number = started
    started += 1
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    calls[place].descriptor = descriptor
    calls[place].caller = options.seed == 0 ? number % callers.count : draw()
    calls[place].started = now()
    calls[place].sent = false
    calls[place].heard = 0
    calls[place].answer.removeAll(keepingCapacity: true)
    guard descriptor >= 0 else { return end(place, .noSocket) }
    var one: Int32 = 1
    // The port is chosen when connecting: unique for the whole connection, not for the address.
    setsockopt(descriptor, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &one, 4)
    let source = 0x7f01_0001 + UInt32(number % options.sources)
    guard withAddress(source, 0, { bind(descriptor, $0, $1) }) == 0 else {
      return end(place, .noSocket)
    }
    let result = withAddress(0x7f00_0001, options.port) { connect(descriptor, $0, $1) }
    guard result == 0 || errno == EINPROGRESS else {
      return end(place, errno == ECONNREFUSED ? .refused : .noSocket)
    }
    var event = epoll_event()
    event.events = EPOLLOUT.rawValue | EPOLLIN.rawValue
    event.data.u64 = UInt64(place)
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event)
  }

  /// A caller at random (splitmix64).
  mutating func draw() -> Int {
    random &+= 0x9e37_79b9_7f4a_7c15
    var mixed = random
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ (mixed >> 31)) % UInt64(callers.count))
  }

  func withAddress(
    _ address: UInt32, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = address.bigEndian
    return withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// The socket can do something: say the header once, then read until the edge closes.
  mutating func serve(_ place: Int, failed: Bool) {
    let descriptor = calls[place].descriptor
    guard descriptor >= 0 else { return }
    if !calls[place].sent {
      var trouble: Int32 = 0
      var size = socklen_t(4)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &trouble, &size)
      if trouble != 0 { return end(place, trouble == ECONNREFUSED ? .refused : .resetBeforeAnswer) }
      let header = callers[calls[place].caller].header
      calls[place].said = now()
      guard send(descriptor, header, header.count, Int32(MSG_NOSIGNAL)) == header.count
      else { return end(place, .resetBeforeAnswer) }
      calls[place].sent = true
      var event = epoll_event()
      event.events = EPOLLIN.rawValue
      event.data.u64 = UInt64(place)
      epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event)
      return
    }
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        if calls[place].heard == 0 { calls[place].heard = now() }
        calls[place].answer += buffer[..<count]
      } else if count == 0 {
        return end(place, judge(place))
      } else if errno == EAGAIN {
        return
      } else {
        let answered = judge(place) == .right
        return end(place, answered ? .resetAfterAnswer : .resetBeforeAnswer)
      }
    }
  }

  /// Is this a whole answer, and does it name a target of this user?
  mutating func judge(_ place: Int) -> Outcome {
    let answer = String(decoding: calls[place].answer, as: UTF8.self)
    guard !answer.isEmpty else { return .empty }
    guard answer.contains("<stream:stream"), answer.hasSuffix("</stream:stream>") else {
      return .truncated
    }
    let parts = answer.split(separator: "<see-other-host", maxSplits: 1)
    guard parts.count == 2, let open = parts[1].firstIndex(of: ">"),
      let close = parts[1][open...].firstIndex(of: "<")
    else { return .otherError }
    let target = Array(parts[1][parts[1].index(after: open)..<close].utf8)
    let targets = callers[calls[place].caller].targets
    guard let map = targets.firstIndex(of: target) else { return .wrongTarget }
    if targets.filter({ $0 == target }).count == 1 { ofMap[map] += 1 }
    if !options.delays.isEmpty {
      let delay = Int((calls[place].heard - calls[place].said) * 1e9)
      delays += Array("\(calls[place].caller)\t".utf8) + target + Array("\t\(delay)\n".utf8)
    }
    return .right
  }

  mutating func end(_ place: Int, _ outcome: Outcome) {
    if calls[place].descriptor >= 0 { close(calls[place].descriptor) }
    calls[place].descriptor = -1
    idle.append(place)
    outcomes[outcome, default: 0] += 1
    finished += 1
    slowest = max(slowest, now() - calls[place].started)
    if outcome != .right, examples.count < 5 {
      let answer = String(decoding: calls[place].answer.suffix(300), as: UTF8.self)
      let user = String(decoding: callers[calls[place].caller].header, as: UTF8.self)
      examples.append("\(outcome.rawValue), of \(started): said \(user) got \(answer)")
    }
    if finished % 1000 == 0 { say("done \(finished)") }
  }

  func report(seconds: Double) {
    if !options.delays.isEmpty { writeFile(options.delays, delays) }
    for example in examples { say(example, to: 2) }
    let counts = Outcome.allCases.map { "\"\($0.rawValue)\": \(outcomes[$0, default: 0])" }
    say(
      "{\"connections\": \(finished), \"seconds\": \(seconds), "
        + "\"rate\": \(Int(Double(finished) / seconds)), \"slowest\": \(slowest), "
        + "\"ofMap\": \(ofMap), " + counts.joined(separator: ", ") + "}")
    exit(outcomes[.right] == finished ? 0 : 1)
  }
}

func say(_ line: String, to descriptor: Int32 = 1) {
  let bytes = Array((line + "\n").utf8)
  _ = write(descriptor, bytes, bytes.count)
}

func writeFile(_ path: String, _ content: [UInt8]) {
  guard let file = fopen(path, "w"), fwrite(content, 1, content.count, file) == content.count,
    fclose(file) == 0
  else { stop("\(path): cannot be written") }
}

func readFile(_ path: String) -> String {
  guard let file = fopen(path, "r") else { stop("\(path): cannot be read") }
  var content: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65536)
  while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
    content += chunk[..<count]
  }
  fclose(file)
  return String(decoding: content, as: UTF8.self)
}

let options = Options(CommandLine.arguments)
let callers = readFile(options.users).split(separator: "\n").compactMap(Caller.init)
guard !callers.isEmpty else { stop("\(options.users): no users") }
var load = Load(options, callers)
load.run()
