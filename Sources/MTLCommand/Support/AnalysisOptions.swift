import ArgumentParser
import TaskAffinity

/// How intervals are drawn, and of what.
struct AnalysisOptions: ParsableArguments {
  @Option(help: "A metric instead of the held-out loss: acc, set_f1, rougeL, ...")
  var metric: String?

  @Option(help: ArgumentHelp("Bootstrap draws.", valueName: "n"))
  var draws = 5000

  func validate() throws {
    if draws < 100 { throw ValidationError("--draws must be at least 100") }
  }

  func analysis(_ table: ScoreTable) throws -> AffinityAnalysis {
    try AffinityAnalysis(
      table, quantity: metric.map(Quantity.metric) ?? .loss, bootstrap: BootstrapSettings(draws: draws))
  }
}
