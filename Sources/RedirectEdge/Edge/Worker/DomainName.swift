import CIDN
import Glibc
import Shared

extension Domain {
  /// The name as DNS, SNI and certificates have it (RFC 5890); as it is where there is no such form.
  var ascii: String {
    var result: UnsafeMutablePointer<CChar>? = nil
    guard unsafe idna_to_ascii_8z(description, &result, 0) == 0, let result = unsafe result else {
      return description
    }
    defer { unsafe free(result) }
    return unsafe String(cString: result)
  }
}
