import CHDF5
import Foundation

/// The HDF5 library, entered by one thread at a time: not every build of it is thread-safe.
enum HDF5Library {
  private static let lock = NSRecursiveLock()
  private static let prepared: Void = mtl_h5_prepare()

  /// Calls `body` alone in this process, with HDF5's own error messages silenced.
  static func locked<R>(_ body: () throws -> R) rethrows -> R {
    lock.lock()
    defer { lock.unlock() }
    prepared
    mtl_h5e_silence()
    return try body()
  }

  /// What HDF5 says about the last failure on this thread.
  static var reason: String {
    let buffer = [CChar](unsafeUninitializedCapacity: Int(MTL_H5E_REASON_BYTES)) { buffer, count in
      if let base = buffer.baseAddress { mtl_h5e_reason(base) }
      count = buffer.firstIndex(of: 0) ?? 0
    }
    return buffer.isEmpty ? "unknown reason" : String(decoding: buffer.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// An open HDF5 identifier, closed when it goes out of scope.
struct HDF5Handle: ~Copyable {
  let id: hid_t
  private let close: @Sendable (hid_t) -> herr_t

  /// Takes over `id`; nil when the call that made it failed.
  init?(_ id: hid_t, _ close: @escaping @Sendable (hid_t) -> herr_t) {
    guard id >= 0 else { return nil }
    self.id = id
    self.close = close
  }

  deinit { HDF5Library.locked { _ = close(id) } }
}
