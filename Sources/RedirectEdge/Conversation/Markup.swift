/// The elements of one whole piece of a stream, in the order of their start tags. The arrays are
/// reused; all ranges are places in the piece.
struct Markup {
  struct Element {
    /// The name without its prefix.
    var name: Range<Int>
    var namespace: Namespace
    /// Its attributes, as a range of `attributes`.
    var attributes: Range<Int>
    /// Elements around it in this piece.
    var depth: Int
    /// From the end of the start tag to the beginning of the end tag.
    var content: Range<Int>
    /// The qualified name, as the end tag repeats it.
    var qualifiedName: Range<Int>
  }

  struct Attribute {
    var qualifiedName: Range<Int>
    var colon: Int?
    /// Still escaped.
    var value: Range<Int>
  }

  /// A namespace declaration that is in force.
  struct Binding {
    /// Empty: the default namespace.
    var prefix: Range<Int>
    var namespace: Namespace
    var depth: Int
  }

  var elements: [Element] = []
  var attributes: [Attribute] = []
  var bindings: [Binding] = []
  /// Indices of the open elements.
  var open: [Int] = []

  /// Room for what the default limits let in.
  init() {
    elements.reserveCapacity(32)
    attributes.reserveCapacity(64)
    bindings.reserveCapacity(32)
    open.reserveCapacity(16)
  }

  mutating func clear() {
    elements.removeAll(keepingCapacity: true)
    attributes.removeAll(keepingCapacity: true)
    bindings.removeAll(keepingCapacity: true)
    open.removeAll(keepingCapacity: true)
  }

  /// Whether element `index` is `name` in `namespace`.
  func isElement(
    _ index: Int, _ name: String, _ namespace: Namespace, in bytes: Span<UInt8>
  ) -> Bool {
    elements[index].namespace == namespace && bytes.extracting(elements[index].name).holds(name)
  }

  /// The value, still escaped, of an attribute without a prefix.
  func value(_ name: String, of element: Int, in bytes: Span<UInt8>) -> Range<Int>? {
    for index in elements[element].attributes {
      let attribute = attributes[index]
      if attribute.colon == nil, bytes.extracting(attribute.qualifiedName).holds(name) {
        return attribute.value
      }
    }
    return nil
  }

  /// The first child of element `parent` with that name.
  func child(
    _ name: String, _ namespace: Namespace, of parent: Int, in bytes: Span<UInt8>
  ) -> Int? {
    let depth = elements[parent].depth
    var index = parent + 1
    while index < elements.count, elements[index].depth > depth {
      if elements[index].depth == depth + 1, isElement(index, name, namespace, in: bytes) {
        return index
      }
      index += 1
    }
    return nil
  }

  /// Whether element `index` has no elements inside.
  func isLeaf(_ index: Int) -> Bool {
    index + 1 == elements.count || elements[index + 1].depth <= elements[index].depth
  }
}
