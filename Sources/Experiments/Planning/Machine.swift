import Foundation
import MTL

/// What this machine has room for.
public enum Machine {
  /// Bytes that can be taken without pushing anything out, as the system sees it; nil where it does not say.
  public static var availableMemory: Int? {
    var limits: [Int] = []
    if let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    {
      limits.append(kilobytes << 10)
    }
    // A container may have less than the machine.
    if let most = number("/sys/fs/cgroup/memory.max"), let used = number("/sys/fs/cgroup/memory.current") {
      limits.append(max(0, most - used))
    }
    return limits.min()
  }

  private static func number(_ path: String) -> Int? {
    (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
      Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
  }

  /// How many runs to do at once: one a core, as far as memory allows beside the base and the cached states.
  public static func jobs(for sweep: Sweep, cores: Int, cacheBytes: Int, available: Int? = availableMemory) -> Int {
    let most = max(1, min(cores, sweep.runs.count))
    guard let available else { return most }
    let bases = sweep.points.map(\.baseBytes).max() ?? 0
    let each = sweep.runs.map { run in sweep.points[run.points[0]].runBytes(run) }.max() ?? 1
    let cache = sweep.points.contains { $0.plan.specification.lora.layers != .all } ? cacheBytes : 0
    return max(1, min(most, (available - bases - cache) / max(1, each)))
  }
}

extension Sweep.Point {
  /// Bytes of the base in memory, about.
  var baseBytes: Int {
    let c = source.configuration
    let layer = c.hiddenSize * (2 * c.queryWidth + 2 * c.keyValueWidth + 3 * c.intermediateSize)
    let weights = c.layerCount * layer + (c.tiedEmbeddings ? 1 : 2) * c.vocabularySize * c.hiddenSize
    switch plan.specification.baseStorage {
    case .fp32: return 4 * weights
    case .bf16: return 2 * weights
    case .asStored: return 0  // mapped from the file, which the system may drop
    }
  }

  /// Bytes that one run needs beside the base, about: adapter, moments and gradients, and one worker's activations.
  func runBytes(_ run: Sweep.Run) -> Int {
    let c = source.configuration
    let training = plan.specification.training
    let tokens = max(training.microBatchTokens, training.maxLength)
    let gradients = max(1, training.batchSize * training.maxLength / max(1, training.microBatchTokens)) + 1
    let perToken = 2 * c.hiddenSize + 2 * c.queryWidth + 2 * c.keyValueWidth + 2 * c.intermediateSize
    let activations = tokens * perToken * (c.layerCount + 2) + 2 * 128 * c.vocabularySize
    return 4 * (run.size.parameters * (3 + gradients) + activations) + (64 << 20)
  }
}

extension Machine {
  /// Processor seconds that this process has used, those of all threads.
  public static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
