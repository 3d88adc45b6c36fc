import Glibc

/// What must hold of a file before the system's loader may touch it: a library that was cut short makes the loader read
/// behind its end, which ends the process.
///
/// Layout: System V ABI, "Object Files" (ELF), as `elf.h` has it.
enum SharedObject {
  /// What is wrong, and what was expected; nil: every segment is there.
  static func fault(in file: Span<UInt8>) -> String? {
    let expected = "expected a shared library for this machine"
    guard file.count >= headerSize, magic.indices.allSatisfy({ file[$0] == magic[$0] }) else {
      return "this is no library; \(expected)"
    }
    guard let own = ownMachine, number(file, 16, 2) == UInt64(ET_DYN), number(file, 18, 2) == own
    else { return "this library is of another kind; \(expected)" }
    let table = number(file, 32, 8)
    let size = number(file, 54, 2)
    let count = number(file, 56, 2)
    guard size == entrySize, count > 0, isInside(file, table, count * size) else {
      return "this library is damaged or cut short; \(expected)"
    }
    var segments = 0
    for entry in 0..<Int(count) {
      let start = Int(table) + entry * Int(size)
      guard number(file, start, 4) == UInt64(PT_LOAD) else { continue }
      segments += 1
      guard isInside(file, number(file, start + 8, 8), number(file, start + 32, 8)) else {
        return "this library is damaged or cut short; \(expected)"
      }
    }
    return segments > 0 ? nil : "this library has nothing in it; \(expected)"
  }

  /// Mark of an ELF file, 64 bits, little-endian, version 1.
  private static let magic: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]
  /// Bytes of the file's header and of an entry of its program table.
  private static let headerSize = 64
  private static let entrySize: UInt64 = 56

  /// The machine that this program was made for.
  private static var ownMachine: UInt64? {
    #if arch(x86_64)
      UInt64(EM_X86_64)
    #elseif arch(arm64)
      UInt64(EM_AARCH64)
    #elseif arch(riscv64)
      UInt64(EM_RISCV)
    #else
      nil
    #endif
  }

  private static func isInside(_ file: Span<UInt8>, _ start: UInt64, _ length: UInt64) -> Bool {
    let (end, overflows) = start.addingReportingOverflow(length)
    return !overflows && end <= UInt64(file.count)
  }

  /// The little-endian number of `width` bytes at `place`.
  private static func number(_ file: Span<UInt8>, _ place: Int, _ width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 | UInt64(file[place + $1]) << UInt64(8 * $1) }
  }
}
