import MapFile

/// Opens maps for the verbs: complaints on standard error, progress when it takes long.
enum OpenMap {
  static func open(_ path: String) throws -> Map {
    let meter = ProgressMeter()
    defer { meter.finish() }
    do {
      return try Map(path: path) { done, total in
        meter.show("\(path): \(done * 100 / total) % verified")
      }
    } catch {
      throw Output.complain(error.description, ExitStatus.of(error))
    }
  }

  static func reader(of map: Map) throws -> MapReader {
    do {
      return try MapReader(map)
    } catch {
      throw Output.complain(error.description, ExitStatus.of(error))
    }
  }
}
