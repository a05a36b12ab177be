import ArgumentParser
import Experiments
import TaskAffinity

extension ExportCommand {
  struct Notebook: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "notebook", abstract: "Write a Jupyter notebook that redraws every table and figure.",
      discussion: """
        Writes sweep.ipynb and the CSV files that it reads. It needs pandas, matplotlib and h5py, and reads the run files
        where they are now; set MTL_SWEEP where they have moved.

        Example:
          mtl export notebook out/quickstart --out notebook
        """)

    @OptionGroup var options: ExportCommand.Options
    @OptionGroup var intervals: AnalysisOptions

    func run() throws {
      try options.export {
        try $0.writeNotebook(to: $1, metric: intervals.metric, bootstrap: BootstrapSettings(draws: intervals.draws))
      }
    }
  }
}
