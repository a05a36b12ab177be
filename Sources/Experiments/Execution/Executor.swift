import MTL

/// What happens while a run goes on.
public enum RunEvent: Sendable {
  /// It is this process's, and begins or goes on after these steps.
  case began(history: [TrainingStep], steps: Int)
  /// An optimizer step is done, of so many.
  case step(TrainingStep, of: Int)
  /// A task is scored.
  case scored(task: String)
  /// So much of its work is done, from 0 to 1: what is known of a run that another machine does.
  case reached(Double)
  /// Its file is there.
  case finished(RunRecord)
  /// Something that people should know: a sentence.
  case notice(String)
}

/// How the work on a run ended.
public enum RunOutcome: Sendable, Equatable {
  /// Its file is there, whoever made it.
  case finished
  /// Another process does it; where it is, if that is known.
  case taken(String?)
  /// It failed: the reason, a sentence.
  case failed(String)
  /// It was asked to stop, and can go on.
  case interrupted
}

/// What an executor has to tell.
public enum ExecutorEvent: Sendable {
  /// Of a run by its id.
  case progress(String, RunEvent)
  /// A run by its id is not worked on any more.
  case ended(String, RunOutcome)
  /// What goes on altogether, a few words.
  case activity(String)
  /// Something that people should know: a sentence.
  case notice(String)
}

/// Where runs are done: threads of this process, or jobs on a cluster.
///
/// The driver decides which runs are done and how often; an executor only carries it out. Whoever works on a run takes its
/// lease first (``RunWorker`` does), so that several executors may share a store. A cluster's executor, such as
/// ``SlurmExecutor``, starts `mtl sweep work FOLDER --run ID` for each run, which reads the specification from the folder,
/// and reports `.ended` from the run's file and the reasons kept beside it.
public protocol Executor: AnyObject {
  /// How many runs it takes at once.
  var capacity: Int { get }
  /// Called once with all runs that may be submitted, before the first is.
  func prepare(_ ids: [String]) throws
  /// Begins a run, or queues it; returns at once.
  func submit(_ id: String) throws
  /// What has happened since the last call; waits up to `timeout` where nothing has.
  func collect(timeout: Duration) throws -> [ExecutorEvent]
  /// Ends all that goes on at a resumable point, or leaves it to others where it goes on by itself; every run submitted is
  /// then reported as ended.
  func stop()
}
