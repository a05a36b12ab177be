import Foundation

/// What a manifest says about a metric besides its name, read once each so that what nobody reads is reported.
public struct MetricOptions: Sendable {
  private var values: [String: [String]]
  private var asked: Set<String> = []

  /// Options with one or several texts each.
  public init(_ values: [String: [String]] = [:]) { self.values = values }

  /// The first text of an option.
  mutating func text(_ name: String) -> String? { list(name).first }

  /// All texts of an option.
  mutating func list(_ name: String) -> [String] {
    asked.insert(name)
    return values[name] ?? []
  }

  /// Names of an option: a list, or one text with commas between them.
  mutating func names(_ name: String) -> [String] {
    let texts = list(name)
    let names = texts.count == 1 ? texts[0].split(separator: ",").map(String.init) : texts
    return names.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  /// true, yes or on.
  mutating func flag(_ name: String) -> Bool {
    ["true", "yes", "on"].contains(text(name)?.lowercased() ?? "")
  }

  /// - Throws: ``MetricError/unknownOption(metric:option:nearest:)`` for the first that was not asked for.
  func finish(_ metric: String) throws(MetricError) {
    guard let option = values.keys.sorted().first(where: { !asked.contains($0) }) else { return }
    throw .unknownOption(
      metric: metric, option: option, nearest: nearestWord(to: option, among: asked.sorted()), known: asked.sorted())
  }
}

extension MetricOptions: ExpressibleByDictionaryLiteral {
  /// Options with one text each.
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init(Dictionary(elements.map { ($0, [$1]) }) { $1 })
  }
}
