import COpenBLAS

/// The BLAS library that the engine computes with.
public enum OpenBLAS {
  /// Every product runs on the thread that calls it: parallelism is between workers, and results do not depend on a
  /// number of threads.
  package static func useOneThread() { openblas_set_num_threads(1) }

  /// The kernel that was chosen for this CPU, for example `SkylakeX`: results are bit-identical within one kernel.
  public static let kernel = openblas_get_corename().map { String(cString: $0) } ?? "unknown"

  /// Version and build options; asked for once, since OpenBLAS puts them together in one buffer that all threads share.
  public static let version = openblas_get_config().map { String(cString: $0) } ?? "unknown"
}
