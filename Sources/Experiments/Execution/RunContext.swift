import Foundation
import MTL

/// What all runs of a point share: one resident base, the tokenised data, and the cached states below the adapters.
public final class RunContext: Sendable {
  /// The base.
  public let model: LanguageModel
  /// The tokenised data.
  public let data: SweepData
  /// The version that runs record.
  public let programVersion: String
  let cache: (any PrefixStateCache)?

  /// A context that keeps no states below the adapters.
  public convenience init(model: LanguageModel, data: SweepData, programVersion: String) {
    self.init(model: model, data: data, programVersion: programVersion, cache: nil)
  }

  init(model: LanguageModel, data: SweepData, programVersion: String, cache: (any PrefixStateCache)?) {
    self.model = model
    self.data = data
    self.programVersion = programVersion
    if case .top = data.plan.specification.lora.layers { self.cache = cache } else { self.cache = nil }
  }
}

/// The contexts of a sweep's points, made when they are first needed; one base is in memory at a time, unless runs of
/// several points go on at once.
public final class ContextStore: @unchecked Sendable {
  private let sweep: Sweep
  private let programVersion: String
  private let cacheBytes: Int
  private let scratchFolder: String
  private let lock = NSLock()
  private var contexts: [Int: RunContext] = [:]
  private var bases: [Base: Resident] = [:]

  private struct Base: Hashable {
    var path: String
    var storage: BaseStorage
    var compute: BaseCompute
  }
  private struct Resident {
    var model: LanguageModel
    var cache: any PrefixStateCache
  }

  /// Contexts for a sweep; `cacheBytes` of states below the adapters stay in memory, the rest goes to a file in
  /// `scratchFolder`.
  public init(_ sweep: Sweep, programVersion: String, cacheBytes: Int, scratchFolder: String) {
    self.sweep = sweep
    self.programVersion = programVersion
    self.cacheBytes = cacheBytes
    self.scratchFolder = scratchFolder
  }

  /// The context of a point.
  ///
  /// - Throws: `FormatError` where the base cannot be read.
  public func context(_ point: Int) throws -> RunContext {
    try lock.withLock {
      if let context = contexts[point] { return context }
      let (data, source) = (sweep.points[point].data, sweep.points[point].source)
      let base = self.base(of: point)
      // Contexts of earlier points are let go of with their bases; runs that still go on keep them alive.
      contexts = contexts.filter { self.base(of: $0.key) == base }
      bases = bases.filter { $0.key == base }
      let resident =
        try bases[base]
        ?? Resident(
          model: try LanguageModel(source, storage: base.storage, compute: base.compute),
          cache: PrefixStateStore(memoryLimit: cacheBytes, folder: scratchFolder))
      bases[base] = resident
      let context = RunContext(
        model: resident.model, data: data, programVersion: programVersion, cache: resident.cache)
      contexts[point] = context
      return context
    }
  }

  private func base(of point: Int) -> Base {
    let specification = sweep.points[point].data.plan.specification
    return Base(
      path: sweep.points[point].source.path, storage: specification.baseStorage, compute: specification.baseCompute)
  }
}
