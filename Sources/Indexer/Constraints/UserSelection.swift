import Rosters
import Shared

/// Finds the users that selectors name.
struct UserSelection {
  let users: UserNames
  /// Reads a list that rules name.
  let open: ListOpener
  private let profile: JIDProfile
  private let domain: Domain?
  /// The domain of each user as a number in `domains`; made when the first rule asks for one.
  private var domainOf: [UInt32] = []
  private var domains: [[UInt8]: UInt32] = [:]

  init(_ users: UserNames, _ constraints: Constraints, open: @escaping ListOpener) {
    self.users = users
    self.open = open
    profile = constraints.profile
    domain = constraints.domain
  }

  /// What selectors named: users in ascending order, each once, and names that no roster knows.
  struct Found {
    var users: [UInt32] = []
    var unknown = 0
    var firstUnknown: String?

    mutating func miss(_ what: String) {
      unknown += 1
      firstUnknown = firstUnknown ?? what
    }
  }

  /// The users that any of the selectors names.
  mutating func users(of selectors: [Selector], at place: SourcePlace) throws(Complaints) -> Found {
    var found = Found()
    for selector in selectors { try add(selector, place, to: &found) }
    found.users = sortedOnce(found.users)
    return found
  }

  private mutating func add(_ selector: Selector, _ place: SourcePlace, to found: inout Found)
    throws(Complaints)
  {
    switch selector {
    case .user(let user):
      if let index = index(of: user.bytes.span) {
        found.users.append(index)
      } else {
        found.miss(user.description)
      }
    case .domain(let domain):
      let before = found.users.count
      addUsers(of: domain, to: &found.users)
      if found.users.count == before { found.miss("@\(domain)") }
    case .pattern(let pattern):
      let before = found.users.count
      var scratch = Pattern.Scratch()
      for index in users.indices {
        let matches = users.withBytes(of: index) { pattern.matches($0, scratch: &scratch) }
        if matches { found.users.append(UInt32(index)) }
      }
      if found.users.count == before { found.miss("an expression that matches nobody") }
    case .list(let path):
      let lines = try UserList(path, at: place, open)
      try lines.forEach(profile: profile, domain: domain) { user, _, line in
        if let index = index(of: user.bytes.span) {
          found.users.append(index)
        } else {
          found.miss("\(user) at \(line)")
        }
      }
    }
  }

  /// The users that a list names with a word beside each, by word in the order of first sight.
  mutating func groups(of path: String, at place: SourcePlace) throws(Complaints)
    -> (groups: [(name: String, line: SourcePlace, users: [UInt32])], found: Found)
  {
    var found = Found()
    var groups: [(name: String, line: SourcePlace, users: [UInt32])] = []
    var numbers: [String: Int] = [:]
    let lines = try UserList(path, at: place, open)
    try lines.forEach(profile: profile, domain: domain, hasWord: true) { user, word, line in
      let number = numbers[word] ?? groups.count
      if number == groups.count {
        numbers[word] = number
        groups.append((word, line, []))
      }
      if let index = index(of: user.bytes.span) {
        groups[number].users.append(index)
      } else {
        found.miss("\(user) at \(line)")
      }
    }
    for number in groups.indices { groups[number].users = sortedOnce(groups[number].users) }
    return (groups, found)
  }

  private func sortedOnce(_ users: [UInt32]) -> [UInt32] {
    var last: UInt32?
    return users.sorted().filter { user in
      defer { last = user }
      return user != last
    }
  }

  /// Names are sorted by bytes.
  private func index(of name: Span<UInt8>) -> UInt32? {
    var (low, high) = (0, users.count)
    while low < high {
      let middle = (low + high) / 2
      let order = users.withBytes(of: middle) { compared($0, name) }
      if order == 0 { return UInt32(middle) }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  private func compared(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Int {
    for place in 0..<min(one.count, other.count) where one[place] != other[place] {
      return one[place] < other[place] ? -1 : 1
    }
    return one.count - other.count
  }

  private mutating func addUsers(of domain: Domain, to found: inout [UInt32]) {
    if domainOf.isEmpty { findDomains() }
    guard let number = domains[domain.bytes] else { return }
    for index in domainOf.indices where domainOf[index] == number { found.append(UInt32(index)) }
  }

  private mutating func findDomains() {
    domainOf.reserveCapacity(users.count)
    var last: (name: ArraySlice<UInt8>, number: UInt32)?
    for name in users {
      guard let at = name.firstIndex(of: UInt8(ascii: "@")) else {
        domainOf.append(.max)
        continue
      }
      let domain = name[(at + 1)...]
      if last?.name != domain {
        let key = Array(domain)
        let number = domains[key] ?? UInt32(domains.count)
        domains[key] = number
        last = (domain, number)
      }
      domainOf.append(last?.number ?? 0)
    }
  }
}
