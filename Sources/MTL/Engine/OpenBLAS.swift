import COpenBLAS

/// The BLAS library that the engine computes with.
public enum OpenBLAS {
  /// Every product runs on the thread that calls it: parallelism is between workers, and results do not depend on a
  /// number of threads.
  package static func useOneThread() { openblas_set_num_threads(1) }

  /// The kernel that was chosen for this CPU, for example `SkylakeX`: results are bit-identical within one kernel.
  public static var kernel: String { openblas_get_corename().map { String(cString: $0) } ?? "unknown" }

  /// Version and build options.
  public static var version: String { openblas_get_config().map { String(cString: $0) } ?? "unknown" }
}
