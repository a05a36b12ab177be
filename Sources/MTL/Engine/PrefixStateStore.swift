import Foundation

/// Keeps what comes out of the layers below the lowest adapter for a whole sweep: computed once for each example, used
/// by every epoch, seed, subset and evaluation.
///
/// Up to `memoryLimit` bytes in memory, the rest in a memory-mapped file that vanishes with the program. A state comes
/// back bit for bit, so using the cache changes no result.
package final class PrefixStateStore: PrefixStateCache, @unchecked Sendable {
  private let lock = NSLock()
  private let memoryLimit: Int
  private let folder: String
  private var entries: [PrefixStateKey: Entry] = [:]
  private var memoryBytes = 0
  private var file: MappedScratchFile?
  private var hitCount = 0
  private var missCount = 0

  private enum Entry {
    case memory(FloatBuffer)
    case file(UnsafeMutablePointer<Float>, count: Int)
  }

  /// - Parameters:
  ///   - memoryLimit: bytes kept in memory.
  ///   - folder: where the file for the rest is made.
  package init(memoryLimit: Int, folder: String) {
    self.memoryLimit = memoryLimit
    self.folder = folder
  }

  /// Reads that found their state, and reads that did not.
  package var counts: (hits: Int, misses: Int) { lock.withLock { (hitCount, missCount) } }

  /// Bytes held in memory and in the file.
  package var byteCounts: (memory: Int, file: Int) { lock.withLock { (memoryBytes, file?.used ?? 0) } }

  package func read(_ key: PrefixStateKey, into states: Matrix) throws -> Bool {
    let entry: Entry? = lock.withLock {
      let entry = entries[key]
      if entry == nil { missCount += 1 } else { hitCount += 1 }
      return entry
    }
    let count = states.rows * states.columns
    // An entry is never changed or removed, so it can be copied without the lock.
    switch entry {
    case nil: return false
    case .memory(let buffer):
      precondition(buffer.count == count)
      states.copy(from: buffer.matrix(rows: states.rows, columns: states.columns))
    case .file(let pointer, let stored):
      precondition(stored == count)
      states.copy(from: Matrix(pointer, rows: states.rows, columns: states.columns))
    }
    return true
  }

  package func write(_ key: PrefixStateKey, states: Matrix) throws {
    let count = states.rows * states.columns
    let bytes = count * MemoryLayout<Float>.stride
    try lock.withLock {
      if entries[key] != nil { return }
      if memoryBytes + bytes <= memoryLimit {
        let buffer = FloatBuffer(count: count)
        buffer.matrix(rows: states.rows, columns: states.columns).copy(from: states)
        entries[key] = .memory(buffer)
        memoryBytes += bytes
      } else {
        let file = try self.file ?? MappedScratchFile(folder: folder)
        self.file = file
        let pointer = try file.allocate(count: count)
        Matrix(pointer, rows: states.rows, columns: states.columns).copy(from: states)
        entries[key] = .file(pointer, count: count)
      }
    }
  }
}

/// A file without a name, mapped piece by piece: memory that the system may write out.
private final class MappedScratchFile {
  private let descriptor: Int32
  private let path: String
  private var pieces: [(address: UnsafeMutableRawPointer, size: Int)] = []
  private var offset = 0
  private(set) var used = 0
  private static let pieceSize = 256 << 20

  init(folder: String) throws {
    let path = folder + "/prefix-states.XXXXXX"
    var template = Array(path.utf8CString)
    descriptor = mkstemp(&template)
    self.path = path
    guard descriptor >= 0 else { throw FormatError.unwritable(path: path, reason: systemReason(errno)) }
    // Without a name the file goes away with the program, however that ends.
    unlink(template)
  }

  deinit {
    for piece in pieces { munmap(piece.address, piece.size) }
    close(descriptor)
  }

  /// Room for `count` floats.
  ///
  /// - Throws: `FormatError.unwritable` when the disk is full: reserved at once, so that writing cannot fail later.
  func allocate(count: Int) throws -> UnsafeMutablePointer<Float> {
    let bytes = (count * MemoryLayout<Float>.stride + 63) / 64 * 64
    if pieces.isEmpty || offset + bytes > pieces[pieces.count - 1].size {
      let size = max(bytes, Self.pieceSize)
      let start = pieces.reduce(0) { $0 + $1.size }
      let failure = reserve(from: start, size)
      guard failure == 0 else { throw FormatError.unwritable(path: path, reason: systemReason(failure)) }
      let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, off_t(start))
      guard let address, address != MAP_FAILED else {
        throw FormatError.unwritable(path: path, reason: systemReason(errno))
      }
      pieces.append((address, size))
      offset = 0
    }
    let pointer = (pieces[pieces.count - 1].address + offset).bindMemory(to: Float.self, capacity: count)
    offset += bytes
    used += bytes
    return pointer
  }

  private func reserve(from start: Int, _ size: Int) -> Int32 {
    #if os(Linux)
      return posix_fallocate(descriptor, off_t(start), off_t(size))
    #else
      return ftruncate(descriptor, off_t(start + size)) == 0 ? 0 : errno
    #endif
  }
}
