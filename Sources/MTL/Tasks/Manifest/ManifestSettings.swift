/// What a manifest may read, and how strictly.
public struct ManifestSettings: Sendable, Hashable {
  /// The folder behind `data:` and `${MTL_DATA}` in manifests; nil where none is known.
  public var dataFolder: String?
  /// Whether manifests may read outside of their own folder and the data folder.
  public var allowOutside: Bool
  /// Whether broken rows are passed over, and counted, instead of ending the reading.
  public var skipBadRows: Bool
  /// Whether manifests may run commands.
  public var allowProcess: Bool

  /// Strict settings unless others are given.
  public init(
    dataFolder: String? = nil, allowOutside: Bool = false, skipBadRows: Bool = false, allowProcess: Bool = false
  ) {
    self.dataFolder = dataFolder
    self.allowOutside = allowOutside
    self.skipBadRows = skipBadRows
    self.allowProcess = allowProcess
  }
}
