import Yams

extension Metrics {
  /// What lm-evaluation-harness says about its own way of counting.
  private static let ignoredOptions: Set<String> = ["metric", "aggregation", "higher_is_better", "hf_evaluate"]

  /// The metrics of a manifest, under `metrics` or `metric_list`: names, or mappings with a name and options.
  static func read(_ top: YAMLSection, allowProcess: Bool) -> [any Metric] {
    let key = top.has("metrics") ? "metrics" : "metric_list"
    guard let node = top.node(key) else { return [] }
    guard let list = node.sequence ?? (node.scalar == nil ? nil : [node]) else {
      top.mistake(key, "must be a list such as [{metric: acc}]")
      return []
    }
    var metrics: [any Metric] = []
    for node in list {
      let name = node.scalar?.string ?? node.mapping?["metric"]?.string ?? ""
      do {
        let metric: any Metric
        if name == "process" {
          let section = YAMLSection(node, prefix: "\(key).", top.mistakes)
          guard let process = ProcessMetric(section, manifest: top.mistakes.file, isAllowed: allowProcess) else {
            continue
          }
          metric = process
        } else {
          metric = try named(name, options: options(node))
        }
        if metrics.contains(where: { $0.name == metric.name }) {
          top.mistakes.add("the metric `\(metric.name)` is given twice", line: node.mark?.line)
        }
        metrics.append(metric)
      } catch {
        top.mistakes.add("\(error)", line: node.mark?.line)
      }
    }
    return metrics
  }

  private static func options(_ node: Node) -> MetricOptions {
    var options: [String: [String]] = [:]
    for (option, value) in node.mapping ?? [:] {
      guard let option = option.string, !ignoredOptions.contains(option) else { continue }
      options[option] = value.sequence?.compactMap { $0.scalar?.string } ?? value.scalar.map { [$0.string] } ?? []
    }
    return MetricOptions(options)
  }
}

extension Metric {
  /// Why the metric cannot score a task, if so: its classes have to be known before the first example.
  func objection(_ type: OutputType, hasFixedChoices: Bool) -> String? {
    guard let metric = self as? MacroF1, metric.labels.isEmpty, type != .multipleChoice || !hasFixedChoices else {
      return nil
    }
    return "the metric `\(name)` needs the option `labels`, such as labels: [yes, no], unless the choices are listed"
  }
}
