import Foundation
import MTL
import TaskAffinity

/// What the report's browser of examples shows, cut to a size that a browser opens at once.
struct ReportExamples {
  /// One task: its kept examples, and a column for each run.
  struct Task {
    var name: String
    var metrics: [(name: String, higherIsBetter: Bool)]
    var ids: [String]
    /// Numbers of texts; nil where unknown.
    var prompts: [Int?]
    var references: [Int?]
    var columns: [Column]
  }
  /// The scores and answers of one run.
  struct Column {
    var run: Int
    /// Mean negative log-likelihood of an answer token.
    var losses: [Double]
    /// [metrics][examples]
    var scores: [[Double?]]
    var answers: [Int?]
  }

  var tasks: [Task] = []
  /// What was left out, a sentence each.
  var notes: [String] = []
  private(set) var texts: [String] = []
  private var places: [String: Int] = [:]
  private var textBytes = 0
  private var cutTexts = 0
  private var droppedTexts = 0

  /// Most scores of examples in a report.
  static let mostScores = 300_000
  /// Most bytes of texts.
  static let mostTextBytes = 5_000_000
  /// Most characters of one text.
  static let longestText = 2_000

  init(_ results: SweepResults) {
    let scores = results.runs.reduce(0) { sum, run in
      sum + run.evaluation.reduce(0) { $0 + $1.exampleIDs.count * (1 + $1.metrics.count) }
    }
    let share = min(1, Double(Self.mostScores) / Double(max(1, scores)))
    var missing: [String] = []
    for task in results.plan.tasks {
      let runs = results.runs.enumerated().compactMap { number, run in
        run.evaluation.first { $0.task == task.name }.map { (number, $0) }
      }
      guard let first = runs.first?.1 else { continue }
      let total = first.exampleIDs.count
      let shown = share < 1 ? max(1, Int(Double(total) * share)) : total
      if shown < total { notes.append("\(task.name): \(shown) of \(total) examples are shown, evenly chosen") }
      let ids = (0..<shown).map { first.exampleIDs[$0 * total / shown] }
      let kept = Dictionary(
        (results.examples[task.name] ?? []).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
      if kept.isEmpty { missing.append(task.name) }
      let references = Dictionary(zip(first.exampleIDs, first.references), uniquingKeysWith: { first, _ in first })
      let definitions = results.table.metrics[task.name] ?? []
      var entry = Task(
        name: task.name, metrics: definitions.map { ($0.name, $0.higherIsBetter) }, ids: ids,
        prompts: ids.map { add(kept[$0].map(Self.prompt)) },
        references: ids.map { add(kept[$0]?.reference ?? references[$0]) }, columns: [])
      for (number, evaluation) in runs {
        entry.columns.append(column(number, evaluation, definitions, ids))
      }
      tasks.append(entry)
    }
    if !missing.isEmpty {
      notes.append(
        "prompts are not in the folder of this sweep for \(missing.joined(separator: ", ")): run `mtl sweep run` again, "
          + "which keeps them and does no run twice")
    }
    if cutTexts > 0 { notes.append("\(cutTexts) texts are cut at \(Self.longestText) characters") }
    if droppedTexts > 0 { notes.append("\(droppedTexts) texts are left out to keep the page small") }
    if !notes.isEmpty { notes.append("everything is in `mtl export csv` and `mtl export json`") }
  }

  private static func prompt(_ example: KeptExample) -> String {
    guard let choices = example.choices else { return example.prompt }
    return example.prompt + "\n\n[choices] " + choices.joined(separator: " | ")
  }

  private mutating func column(
    _ run: Int, _ evaluation: TaskEvaluation, _ definitions: [MetricDefinition], _ ids: [String]
  ) -> Column {
    let position = Dictionary(
      zip(evaluation.exampleIDs, evaluation.exampleIDs.indices), uniquingKeysWith: { first, _ in first })
    let rows = ids.map { position[$0] }
    let scores = definitions.map { definition -> [Double?] in
      let parts = evaluation.metrics.first { $0.name == definition.name }?.parts ?? []
      return rows.map { row in
        row.flatMap { $0 < parts.count ? definition.score(parts[$0], 1) : nil }
      }
    }
    return Column(
      run: run,
      losses: rows.map { $0.map { evaluation.nll[$0] / Double(max(1, evaluation.tokens[$0])) } ?? .nan },
      scores: scores,
      answers: rows.map { row in
        row.flatMap { $0 < evaluation.predictions.count ? add(evaluation.predictions[$0]) : nil }
      })
  }

  /// The number of a text, which is kept once however often it occurs; nil where it is unknown or there is no room.
  private mutating func add(_ text: String?) -> Int? {
    guard var text else { return nil }
    if text.utf8.count > Self.longestText, text.unicodeScalars.count > Self.longestText {
      text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.longestText))) + " […]"
      cutTexts += 1
    }
    if let place = places[text] { return place }
    guard textBytes + text.utf8.count <= Self.mostTextBytes else {
      droppedTexts += 1
      return nil
    }
    textBytes += text.utf8.count + 3
    places[text] = texts.count
    texts.append(text)
    return texts.count - 1
  }
}

extension ReportExamples {
  /// `{notes, texts, tasks}`.
  func write(_ json: inout ScriptJSON) {
    json.object { json in
      json.key("notes")
      json.array(notes) { $0.text($1) }
      json.key("texts")
      json.array(texts) { $0.text($1) }
      json.key("tasks")
      json.array(tasks) { json, task in
        json.object { json in
          json.member("name", task.name)
          json.key("metrics")
          json.array(task.metrics) { json, metric in
            json.object {
              $0.member("name", metric.name)
              $0.member("higher", metric.higherIsBetter)
            }
          }
          json.key("ids")
          json.array(task.ids) { $0.text($1) }
          json.key("prompts")
          json.array(task.prompts) { $0.integer($1) }
          json.key("references")
          json.array(task.references) { $0.integer($1) }
          json.key("columns")
          json.array(task.columns) { json, column in
            json.object { json in
              json.member("run", column.run)
              json.key("losses")
              json.array(column.losses) { $0.number($1, digits: 3) }
              json.key("scores")
              json.array(column.scores) { json, scores in json.array(scores) { $0.number($1, digits: 3) } }
              json.key("answers")
              json.array(column.answers) { $0.integer($1) }
            }
          }
        }
      }
    }
  }
}
