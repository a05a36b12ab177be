import ArgumentParser
import Experiments
import Foundation
import MTL

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train one adapter.",
    discussion: """
      Data are JSON Lines of {"prompt", "completion"} or {"input_ids", "labels"} (-100 for no label), or the train \
      splits of task manifests. The run file holds the adapter, the optimizer's state and the history.

      Example:
        mtl train --base smollm2-135m --tasks tasks/quickstart/medications.yaml --out run.h5 --epochs 2
      """)

  @OptionGroup var base: BaseOptions

  @Option(help: ArgumentHelp("JSON Lines to train on.", valueName: "file"))
  var data: String?

  @Option(parsing: .upToNextOption, help: ArgumentHelp("Task manifests or folders of them.", valueName: "path"))
  var tasks: [String] = []

  @OptionGroup var sources: SourceOptions

  @Option(help: ArgumentHelp("Train on at most n examples of each task.", valueName: "n"))
  var examplesPerTask: Int?

  @Option(help: ArgumentHelp("The run file to write.", valueName: "run.h5"))
  var out: String

  @Option(help: ArgumentHelp("Begin with this adapter: a run file or a PEFT directory.", valueName: "path"))
  var initAdapter: String?

  @Flag(help: "Go on where the run file ends.")
  var resume = false

  @Flag(help: "Completions are answers in the model's chat template (always so with --tasks).")
  var chat = false

  @Option(help: ArgumentHelp("Keep the state every so many seconds.", valueName: "s"))
  var checkpointSeconds = 60.0

  @Flag(help: "With --layers: keep the states below the adapters, so that later epochs do not compute them again.")
  var prefixCache = false

  @OptionGroup(title: "Training") var options: TrainingOptions
  @OptionGroup var workers: WorkerOptions

  @Flag(help: "Print a JSON object for every step.")
  var json = false

  @Flag(help: "Print no progress.")
  var quiet = false

  func validate() throws {
    let hasTasks = !tasks.isEmpty || !sources.plugin.isEmpty
    if (data == nil) != hasTasks { throw ValidationError("give either --data or --tasks") }
    if let examplesPerTask, examplesPerTask < 1 { throw ValidationError("--examples-per-task must be at least 1") }
  }

  func run() throws {
    if !resume, FileManager.default.fileExists(atPath: out) {
      throw InputError(description: "\(out) is there already; give --resume to go on with it, or another --out")
    }
    if resume, !FileManager.default.fileExists(atPath: out) {
      throw InputError(description: "there is no \(out) to resume; leave out --resume to begin it")
    }
    let base = try base.load(chat: chat || data == nil)
    let stop = StopSignal()
    let (examples, dataDigest) = try examples(base)
    var settings = options.training
    settings.maxLength = min(settings.maxLength, base.model.maximumLength)
    let adapter = try makeAdapter(base)
    let trainer = try Trainer(
      model: base.model, adapter: adapter, data: try TrainingData(examples, settings), settings: settings,
      pool: workers.pool(stop: stop.flag), keepsPrefixStatesIn: prefixCache ? NSTemporaryDirectory() : nil)
    var digests = ["base": base.source.sha256, "data": dataDigest]
    if initAdapter != nil { digests["initial adapter"] = adapter.sha256 }
    let identity = Settings(
      lora: adapter.settings, training: settings,
      baseStorage: base.model.storage == .fp32 ? nil : base.model.storage,
      baseCompute: base.model.compute == .fp32 ? nil : base.model.compute)
    let record = RunRecord(
      runID: try RunIdentity.id(settings: identity, digests: digests),
      settings: try RunIdentity.canonicalJSON(identity),
      digests: digests, programVersion: programVersion, environment: Environment.current, lora: adapter.settings,
      adapterTensors: [], isFinished: false)
    var checkpointed = CheckpointedTrainer(trainer, record: record, path: out)
    checkpointed.checkpointSeconds = checkpointSeconds
    if resume { try checkpointed.resume() }
    do { try go(checkpointed, stop) } catch let error as TrainingError {
      guard case .interrupted = error else { throw error }
      printNote("\(error)")
      throw ExitCode(stop.exitCode)
    }
  }

  private struct Settings: Encodable {
    var lora: LoRASettings
    var training: TrainingSettings
    // Left out where they are single precision.
    var baseStorage: BaseStorage?
    var baseCompute: BaseCompute?
  }

  private func makeAdapter(_ base: Base) throws -> Adapter {
    if let initAdapter { return try Adapter.load(path: initAdapter, configuration: base.model.configuration) }
    return Adapter(settings: options.lora, configuration: base.model.configuration, seed: options.seed)
  }

  private func examples(_ base: Base) throws -> (examples: [TrainingExample], digest: String) {
    if let data {
      let examples = try SequenceLine.read(
        data, format: base.format, vocabularySize: base.model.configuration.vocabularySize)
      return (examples, try fileDigest(data))
    }
    var examples: [TrainingExample] = []
    var digests: [String] = []
    for task in try sources.load(tasks) {
      for example in try task.examples(.train, limit: examplesPerTask, seed: 0) {
        let (prompt, answer) = try base.format.encode(prompt: example.prompt, answer: example.target)
        examples.append(
          TrainingExample(
            name: "\(task.name) \(example.id)", sequence: TokenSequence(prompt: prompt, answer: answer)))
      }
      digests.append(try task.digest())
    }
    return (examples, digests.joined(separator: "+"))
  }

  private func go(_ checkpointed: CheckpointedTrainer, _ stop: StopSignal) throws {
    let trainer = checkpointed.trainer
    var line = ProgressLine(quiet: quiet || json)
    let start = Date()
    let before = trainer.history.count
    if trainer.data.truncatedCount > 0, !quiet {
      printNote("\(trainer.data.truncatedCount) prompts were cut from the left to --max-length")
    }
    defer { line.end() }
    var record = try checkpointed.run(shouldStop: { stop.isRequested }) { step in
      if json, let text = try? jsonLine(step) { printLine(text) }
      let elapsed = Date().timeIntervalSince(start)
      let left = elapsed / Double(step.step - before) * Double(trainer.stepCount - step.step)
      let rate = Double(step.tokens) / step.seconds
      line.show(
        Double(step.step) / Double(trainer.stepCount), secondsLeft: left,
        String(format: "step %d/%d, loss %.4f, %.0f tokens/s", step.step, trainer.stepCount, step.loss, rate))
    }
    record.isFinished = true
    try RunFile.write(record, to: out)
    line.end()
    if !quiet, !json, let last = record.history.last {
      printNote(
        String(
          format: "%d steps, %d tokens, last loss %.4f, %@; the adapter is in %@", record.history.count,
          record.history.reduce(0) { $0 + $1.tokens }, last.loss, durationText(Date().timeIntervalSince(start)), out))
    }
  }
}
