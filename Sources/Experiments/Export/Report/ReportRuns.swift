import Foundation
import MTL

/// What the report says of the runs themselves: settings, provenance, learning curves.
struct ReportRuns {
  let results: SweepResults

  /// Most points of a learning curve.
  static let curvePoints = 150
  /// Most different values that are listed of a setting.
  static let mostValues = 8

  func write(_ json: inout ScriptJSON) {
    json.key("runs")
    json.array(results.runs) { json, run in
      json.object { json in
        json.member("id", run.planned.id)
        json.member("title", run.title)
        json.member("subset", run.planned.subset.description)
        json.member("seed", run.planned.seed)
        json.member("state", run.state)
        json.member("steps", run.history.count)
        json.member("tokens", run.history.reduce(0) { $0 + $1.tokens })
        json.key("seconds")
        json.number(run.history.reduce(0) { $0 + $1.seconds })
        json.member("program", run.summary?.programVersion ?? "")
        let points = Self.thinned(run.history)
        json.key("x")
        json.array(points) { $0.integer($1.step) }
        json.key("y")
        json.array(points) { $0.number($1.loss) }
      }
    }
    let summaries = results.runs.compactMap(\.summary)
    json.key("settings")
    Self.write(summaries.map { Self.flat($0.settings) }, &json)
    json.key("environment")
    Self.write(
      summaries.map { $0.environment.filter { !["evaluation-seconds", "core-share"].contains($0.key) } }, &json)
    json.key("digests")
    Self.write(summaries.map(\.digests), &json)
  }

  /// At most ``curvePoints`` steps, each with the mean loss of the steps since the one before.
  static func thinned(_ history: [TrainingStep]) -> [(step: Int, loss: Double)] {
    let count = min(history.count, curvePoints)
    return (0..<count).map { number in
      let range = number * history.count / count..<(number + 1) * history.count / count
      let loss = history[range].reduce(0) { $0 + $1.loss } / Double(range.count)
      return (history[range.upperBound - 1].step, loss)
    }
  }

  /// `[key, [[value, runs], ...], how many more]` for every key.
  private static func write(_ maps: [[String: String]], _ json: inout ScriptJSON) {
    json.array(Set(maps.flatMap(\.keys)).sorted()) { json, key in
      var counts: [String: Int] = [:]
      for value in maps.compactMap({ $0[key] }) { counts[value, default: 0] += 1 }
      let values = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      json.array { json in
        json.text(key)
        json.array(values.prefix(mostValues)) { json, value in
          json.array {
            $0.text(value.key)
            $0.integer(value.value)
          }
        }
        json.integer(max(0, values.count - mostValues))
      }
    }
  }

  /// Settings that runs have in common: `lora.rank` to `8`; what tells the runs of a sweep apart is left out.
  static func flat(_ settings: String) -> [String: String] {
    guard let tree = try? JSONDecoder().decode(SettingTree.self, from: Data(settings.utf8)) else { return [:] }
    var result: [String: String] = [:]
    func add(_ tree: SettingTree, _ key: String) {
      switch tree {
      case .object(let members):
        for (name, value) in members { add(value, key.isEmpty ? name : key + "." + name) }
      case .list(let values): result[key] = values.map(\.text).joined(separator: ", ")
      case .leaf(let text): result[key] = text
      case .missing: break
      }
    }
    add(tree, "")
    for key in ["seed", "subset", "tasks", "training.seed"] { result[key] = nil }
    return result
  }
}

/// Settings of a run as JSON has them.
private enum SettingTree: Decodable {
  case object([String: SettingTree])
  case list([SettingTree])
  case leaf(String)
  case missing

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .missing
    } else if let value = try? container.decode(Bool.self) {
      self = .leaf(value ? "true" : "false")
    } else if let value = try? container.decode(Double.self) {
      self = .leaf(Int(exactly: value).map(String.init) ?? "\(value)")
    } else if let value = try? container.decode(String.self) {
      self = .leaf(value)
    } else if let values = try? container.decode([SettingTree].self) {
      self = .list(values)
    } else {
      self = .object(try container.decode([String: SettingTree].self))
    }
  }

  /// On one line.
  var text: String {
    switch self {
    case .object(let members):
      members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ")
    case .list(let values): values.map(\.text).joined(separator: ", ")
    case .leaf(let text): text
    case .missing: ""
    }
  }
}
