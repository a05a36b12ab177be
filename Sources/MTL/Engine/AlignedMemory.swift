#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory for numbers: aligned to a cache line, or, where it is large, to a huge page and asked to lie in such pages.
///
/// With pages of 4 KiB the translation of addresses and the faults of first use take some per cent of the time.
enum AlignedMemory {
  private static let hugePage = 1 << 21

  /// Uninitialised memory for `count` elements; freed with `deallocate()`.
  static func allocate<Element>(_ count: Int, of type: Element.Type = Element.self) -> UnsafeMutablePointer<Element> {
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    let isLarge = bytes >= 2 * hugePage
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? hugePage : 64)
    #if os(Linux)
      // A hint: without it the memory is as good, only slower.
      if isLarge { _ = madvise(raw, bytes, MADV_HUGEPAGE) }
    #endif
    return raw.bindMemory(to: Element.self, capacity: max(count, 1))
  }
}
