import Foundation
import MTL
import TaskAffinity

extension TidyValue {
  init(_ number: Double?) { self = number.map(TidyValue.number) ?? .missing }
}

private let runColumns: [TidyTable.Column] = [
  .init("run_id", "text", "SHA-256 over the run's settings and the digests of its base and data"),
  .init("subset", "text", "what the run was trained on, joined by +; `base` is the model without an adapter"),
  .init("seed", "integer", "the run's seed; missing for the base"),
]

private func runValues(_ run: SweepResults.Run) -> [TidyValue] {
  [
    .text(run.planned.id), .text(run.planned.subset.description),
    run.planned.seed.map(TidyValue.integer) ?? .missing,
  ]
}

extension SweepResults {
  /// `results`, `examples` and `history`: what `mtl export csv` and `mtl export json` write.
  public func tidyTables() -> [TidyTable] { [resultsTable(), examplesTable(), historyTable()] }

  /// A row per run, task and metric; the scores of runs that are not finished are missing.
  func resultsTable() -> TidyTable {
    var table = TidyTable(
      "results", row: "one run on one task by one metric",
      columns: runColumns + [
        .init("state", "text", "finished, training, waiting (not begun) or damaged; only finished runs have scores"),
        .init("task", "text", "the task scored on"),
        .init("category", "text", "the task's category"),
        .init("trained_on", "flag", "whether the run was trained on the task"),
        .init("metric", "text", "`loss`: mean negative log-likelihood of an answer token in nats; else a metric"),
        .init("higher_is_better", "flag", "whether a greater score is the better one"),
        .init("score", "number", "the score over all examples of the task"),
        .init("base_score", "number", "the same score of the base"),
        .init("gain", "number", "how much better than the base, in the score's unit; positive helps"),
        .init("examples", "integer", "examples scored"),
        .init("unparsed", "integer", "predictions that the task's parser could not read"),
      ])
    let base = runs.first { $0.planned.subset.isBase }
    for run in runs {
      for task in plan.tasks {
        let scores = run.evaluation.first { $0.task == task.name }
        let baseScores = base?.evaluation.first { $0.task == task.name }
        let unit = plan.units == .category ? task.category : task.name
        let metrics = [("loss", false)] + (self.table.metrics[task.name] ?? []).map { ($0.name, $0.higherIsBetter) }
        for (metric, higher) in metrics {
          let (score, baseScore) = (scores?.score(metric), baseScores?.score(metric))
          let gain = score.flatMap { score in baseScore.map { higher ? score - $0 : $0 - score } }
          table.rows.append(
            runValues(run) + [
              .text(run.state), .text(task.name), .text(task.category), .flag(run.planned.subset.contains(unit)),
              .text(metric), .flag(higher), TidyValue(score), TidyValue(baseScore), TidyValue(gain),
              scores.map { .integer($0.exampleIDs.count) } ?? .missing,
              scores.map { .integer($0.unparsed) } ?? .missing,
            ])
        }
      }
    }
    return table
  }

  /// A row per run and example.
  func examplesTable() -> TidyTable {
    let names = metricNames
    var table = TidyTable(
      "examples", row: "one run on one example",
      columns: runColumns + [
        .init("task", "text", "the example's task"),
        .init("category", "text", "the task's category"),
        .init("example_id", "text", "the example's name, the same in all runs"),
        .init("cluster", "text", "the unit of resampling it belongs to"),
        .init("nll", "number", "negative log-likelihood of the answer in nats, summed over its tokens"),
        .init("tokens", "integer", "tokens of the answer"),
        .init("prediction", "text", "what was generated; missing where only likelihoods were computed"),
        .init("reference", "text", "what was expected; likewise"),
      ]
        + names.map {
          .init("score_\($0)", "number", "\($0) of this example alone; missing where the task does not have it")
        })
    for run in runs {
      for task in run.evaluation {
        let definitions = self.table.metrics[task.task] ?? []
        for index in task.exampleIDs.indices {
          let scores = names.map { name -> TidyValue in
            guard let scores = task.metrics.first(where: { $0.name == name }), index < scores.parts.count,
              let metric = definitions.first(where: { $0.name == name })
            else { return .missing }
            return TidyValue(metric.score(scores.parts[index], 1))
          }
          table.rows.append(
            runValues(run) + [
              .text(task.task), .text(task.category), .text(task.exampleIDs[index]), .text(task.clusters[index]),
              .number(task.nll[index]), .integer(task.tokens[index]),
              task.predictions.isEmpty ? .missing : .text(task.predictions[index]),
              task.references.isEmpty ? .missing : .text(task.references[index]),
            ] + scores)
        }
      }
    }
    return table
  }

  /// A row per run and optimizer step, of unfinished runs too.
  func historyTable() -> TidyTable {
    var table = TidyTable(
      "history", row: "one optimizer step of one run",
      columns: runColumns + [
        .init("step", "integer", "the step, from 1"),
        .init("tokens", "integer", "tokens of the step's batch, prompts included"),
        .init("label_tokens", "integer", "answer tokens among them"),
        .init("loss", "number", "mean negative log-likelihood (nats) of the batch's answer tokens, before the update"),
        .init("learning_rate", "number", "the learning rate used"),
        .init("grad_norm", "number", "the gradient's norm before clipping"),
        .init("seconds", "number", "seconds that the step took"),
      ])
    for run in runs {
      for step in run.history {
        table.rows.append(
          runValues(run) + [
            .integer(step.step), .integer(step.tokens), .integer(step.labelTokens), .number(step.loss),
            .number(step.learningRate), .number(step.gradNorm), .number(step.seconds),
          ])
      }
    }
    return table
  }
}

extension TaskEvaluation {
  /// The loss, or a metric's score over all examples; nil where the task was not scored so.
  func score(_ metric: String) -> Double? {
    metric == "loss" ? loss : metrics.first { $0.name == metric }?.score
  }
}
