/// Finds the subscription in a roster entry as Prosody stores it:
/// `{"subscription":"both","name":"Bob","groups":{"Friends":true}}` (util.json).
///
/// A walk over the text without recursion and without building anything: values that are not
/// asked for are only skipped.
enum ProsodyValue {
  /// The subscription; `none` where the object has no such member; nil if this is no JSON object.
  static func subscription(in text: Span<UInt8>) -> Subscription? {
    var cursor = Cursor(at: 0)
    guard cursor.take(0x7B, in: text) else { return nil }
    var found = Subscription.none
    if cursor.take(0x7D, in: text) { return cursor.isAtEnd(of: text) ? found : nil }
    repeat {
      guard let key = cursor.string(in: text), cursor.take(0x3A, in: text) else { return nil }
      if text.extracting(key).hasSameBytes(as: "subscription") {
        guard let value = cursor.string(in: text),
          let subscription = Subscription(word: text.extracting(value))
        else { return nil }
        found = subscription
      } else if !cursor.skipValue(in: text) {
        return nil
      }
    } while cursor.take(0x2C, in: text)
    guard cursor.take(0x7D, in: text), cursor.isAtEnd(of: text) else { return nil }
    return found
  }

  private struct Cursor {
    var at: Int

    mutating func skipSpace(in text: Span<UInt8>) {
      while at < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[at]) { at += 1 }
    }

    mutating func take(_ byte: UInt8, in text: Span<UInt8>) -> Bool {
      skipSpace(in: text)
      guard at < text.count, text[at] == byte else { return false }
      at += 1
      return true
    }

    mutating func isAtEnd(of text: Span<UInt8>) -> Bool {
      skipSpace(in: text)
      return at == text.count
    }

    /// The range between a string's quotes, escapes as they stand.
    mutating func string(in text: Span<UInt8>) -> Range<Int>? {
      guard take(0x22, in: text) else { return nil }
      let start = at
      while at < text.count {
        if text[at] == 0x22 {
          at += 1
          return start..<(at - 1)
        }
        at += text[at] == 0x5C ? 2 : 1
      }
      return nil
    }

    /// Steps over any value; brackets are counted, not matched by kind.
    mutating func skipValue(in text: Span<UInt8>) -> Bool {
      var depth = 0
      skipSpace(in: text)
      let start = at
      while at < text.count {
        switch text[at] {
        case 0x22:
          guard string(in: text) != nil else { return false }
          if depth == 0 { return true }
          continue
        case 0x7B, 0x5B: depth += 1
        case 0x7D, 0x5D:
          // The end of the enclosing object: a number or a word ended here.
          if depth == 0 { return at > start }
          depth -= 1
          if depth == 0 {
            at += 1
            return true
          }
        case 0x2C where depth == 0: return at > start
        default: break
        }
        at += 1
      }
      return false
    }
  }
}

extension Subscription {
  /// The value of the `subscription` attribute of RFC 6121 section 2.1.2.5.
  init?(word: Span<UInt8>) {
    if word.hasSameBytes(as: "both") {
      self = .both
    } else if word.hasSameBytes(as: "to") {
      self = .to
    } else if word.hasSameBytes(as: "from") {
      self = .from
    } else if word.hasSameBytes(as: "none") {
      self = .none
    } else if word.hasSameBytes(as: "remove") {
      self = .remove
    } else {
      return nil
    }
  }
}
