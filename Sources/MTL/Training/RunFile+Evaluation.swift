extension RunFile {
  static func writeEvaluation(_ task: TaskEvaluation, position: Int, to file: HDF5File) throws {
    let group = "/evaluation/" + LinkName.encode(task.task)
    let count = task.exampleIDs.count
    let lengths = [
      task.clusters.count, task.nll.count, task.tokens.count, task.predictions.count, task.references.count,
    ]
    guard lengths.prefix(3).allSatisfy({ $0 == count }), lengths.allSatisfy({ $0 == count || $0 == 0 }) else {
      throw FormatError.unwritable(
        path: file.path, reason: "task \(task.task) has \(count) examples but arrays of \(lengths) entries")
    }
    try file.createGroup(group)
    try file.setAttribute("position", .int(position), of: group)
    try file.setAttribute("category", .string(task.category.storable), of: group)
    try file.setAttribute("unparsed", .int(task.unparsed), of: group)
    try file.write(task.exampleIDs.map(\.storable), to: group + "/example_ids")
    try file.write(task.clusters.map(\.storable), to: group + "/clusters")
    try file.write(task.nll, to: group + "/nll", compressed: true)
    try file.write(task.tokens.map(Int64.init), to: group + "/tokens", compressed: true)
    try file.write(task.predictions.map(\.storable), to: group + "/predictions")
    try file.write(task.references.map(\.storable), to: group + "/references")
    try file.createGroup(group + "/metrics")
    for (position, metric) in task.metrics.enumerated() {
      try writeMetric(metric, position: position, count: count, group: group, to: file)
    }
  }

  private static func writeMetric(
    _ metric: MetricScores, position: Int, count: Int, group: String, to file: HDF5File
  ) throws {
    let path = group + "/metrics/" + LinkName.encode(metric.name)
    guard metric.parts.count == count || metric.parts.isEmpty else {
      throw FormatError.unwritable(
        path: file.path, reason: "\(path) has parts of \(metric.parts.count) examples, not \(count)")
    }
    try file.createGroup(path)
    try file.setAttribute("position", .int(position), of: path)
    try file.setAttribute("higher-is-better", .int(metric.higherIsBetter ? 1 : 0), of: path)
    try file.setAttribute("score", .double(metric.score), of: path)
    try file.setAttribute("aggregation", .string(metric.aggregation.storable), of: path)
    if !metric.details.isEmpty {
      try file.write(metric.details.map(\.name.storable), to: path + "/detail_names")
      try file.write(metric.details.map(\.score), to: path + "/detail_scores")
    }
    let width = metric.parts.first?.count ?? 0
    if metric.parts.allSatisfy({ $0.count == width }) {
      try file.write(
        metric.parts.flatMap(\.self), shape: [metric.parts.count, width], to: path + "/parts", compressed: true)
    } else {
      // Examples of different numbers of parts: all parts in a row, and how many belong to each example.
      try file.write(metric.parts.flatMap(\.self), to: path + "/parts", compressed: true)
      try file.write(metric.parts.map { Int64($0.count) }, to: path + "/part_counts", compressed: true)
    }
  }

  static func readEvaluations(_ file: HDF5File) throws -> [TaskEvaluation] {
    try inOrder(file, "/evaluation") { name, path in
      let ids = try file.readStrings(path + "/example_ids")
      // Predictions may not have been made; all else is there for every example.
      func optionalStrings(_ name: String) throws -> [String] {
        let strings = try file.readStrings(path + "/" + name)
        guard strings.isEmpty || strings.count == ids.count else {
          throw FormatError.damaged(path: file.path, reason: "\(path)/\(name) has \(strings.count) entries")
        }
        return strings
      }
      return TaskEvaluation(
        task: name, category: try file.string(attribute: "category", of: path), exampleIDs: ids,
        clusters: try file.readStrings(path + "/clusters", count: ids.count),
        nll: try file.read(path + "/nll", as: Double.self, shape: [ids.count]).values,
        tokens: try file.read(path + "/tokens", as: Int64.self, shape: [ids.count]).values.map(Int.init),
        predictions: try optionalStrings("predictions"), references: try optionalStrings("references"),
        metrics: try inOrder(file, path + "/metrics") { try readMetric(file, name: $0, path: $1, count: ids.count) },
        unparsed: try file.int(attribute: "unparsed", of: path))
    }
  }

  private static func readMetric(_ file: HDF5File, name: String, path: String, count: Int) throws -> MetricScores {
    let parts: [[Double]]
    if try file.exists(path + "/part_counts") {
      let counts = try file.read(path + "/part_counts", as: Int64.self, shape: [count]).values
      var rest = try file.read(path + "/parts", as: Double.self, shape: [nil]).values[...]
      parts = try counts.map { length in
        guard length >= 0, length <= rest.count else {
          throw FormatError.damaged(path: file.path, reason: "\(path) has fewer parts than it says")
        }
        defer { rest = rest.dropFirst(Int(length)) }
        return Array(rest.prefix(Int(length)))
      }
    } else {
      let array = try file.read(path + "/parts", as: Double.self, shape: [nil, nil])
      let (rows, width) = (array.shape[0], array.shape[1])
      guard rows == count || rows == 0 else {
        throw FormatError.damaged(path: file.path, reason: "\(path) has parts of \(rows) examples, not \(count)")
      }
      parts = (0..<rows).map { Array(array.values[$0 * width..<($0 + 1) * width]) }
    }
    // Files of earlier programs have no such attribute: the name said it all.
    let hasAggregation = try file.attributeNames(of: path).contains("aggregation")
    return MetricScores(
      name: name, higherIsBetter: try file.int(attribute: "higher-is-better", of: path) != 0, parts: parts,
      score: try file.double(attribute: "score", of: path),
      aggregation: hasAggregation ? try file.string(attribute: "aggregation", of: path) : nil,
      details: try readDetails(file, path))
  }

  private static func readDetails(_ file: HDF5File, _ path: String) throws -> [MetricDetail] {
    guard try file.exists(path + "/detail_names") else { return [] }
    let names = try file.readStrings(path + "/detail_names")
    let scores = try file.read(path + "/detail_scores", as: Double.self, shape: [names.count]).values
    return zip(names, scores).map(MetricDetail.init)
  }

  /// The members of a group, in the order of their attribute `position`.
  private static func inOrder<T>(
    _ file: HDF5File, _ group: String, _ read: (_ name: String, _ path: String) throws -> T
  ) throws -> [T] {
    let members = try file.children(of: group).map { link in
      guard let name = LinkName.decode(link) else {
        throw FormatError.damaged(path: file.path, reason: "\(group)/\(link) is not a name")
      }
      let path = group + "/" + link
      return (position: try file.int(attribute: "position", of: path), value: try read(name, path))
    }
    return members.sorted { $0.position < $1.position }.map(\.value)
  }
}
