/// The metrics by name.
public enum Metrics {
  private typealias Maker = @Sendable (_ options: inout MetricOptions) throws -> any Metric

  private static let makers: [(names: [String], make: Maker)] = [
    (["acc", "accuracy"], { _ in ChoiceAccuracy(normalisation: .none) }),
    (["acc_norm"], { _ in ChoiceAccuracy(normalisation: .bytes) }),
    (["acc_token_norm"], { _ in ChoiceAccuracy(normalisation: .tokens) }),
    (["macro_f1", "f1_macro"], { options in MacroF1(labels: options.names("labels")) }),
    (["conditional_acc", "conditional_accuracy"], { options in ConditionalAccuracy(labels: options.names("labels")) }),
    (
      ["exact_match", "em"],
      { options in
        ExactMatch(ignoresCase: options.flag("ignore_case"), ignoresPunctuation: options.flag("ignore_punctuation"))
      }
    ),
    (
      ["set_f1"],
      { options in SetF1(separator: try separator(&options), none: options.text("none")) }
    ),
    (["token_f1", "f1"], { _ in TokenF1() }),
    (["span_f1"], { options in try span("span_f1", .exact, &options) }),
    (["span_f1_relaxed"], { options in try span("span_f1_relaxed", .overlap, &options) }),
    (["argument_f1"], { options in try arguments("argument_f1", .exact, &options) }),
    (["argument_f1_relaxed"], { options in try arguments("argument_f1_relaxed", .overlap, &options) }),
    (["argument_f1_words"], { options in try arguments("argument_f1_words", .words, &options) }),
    (["chunk_f1"], { _ in ChunkF1() }),
    (["rouge1"], { options in ROUGE(.ngrams(1), stems: options.flag("use_stemmer")) }),
    (["rouge2"], { options in ROUGE(.ngrams(2), stems: options.flag("use_stemmer")) }),
    (["rougeL", "rouge_l"], { options in ROUGE(.longestCommonSubsequence, stems: options.flag("use_stemmer")) }),
    (
      ["bleu"],
      { options in
        let name = options.text("tokenize") ?? BLEUTokenizer.mteval13a.rawValue
        guard let tokenizer = BLEUTokenizer(rawValue: name) else {
          throw MetricError.badOption(metric: "bleu", option: "tokenize", value: name, wanted: "13a or none")
        }
        return BLEU(tokenizer: tokenizer, ignoresCase: options.flag("lowercase"))
      }
    ),
    (["chrf"], { options in CHRF(wordOrder: 0, ignoresCase: options.flag("lowercase")) }),
    (["chrf++"], { options in CHRF(wordOrder: 2, ignoresCase: options.flag("lowercase")) }),
  ]

  /// Names that manifests may use.
  public static var names: [String] { makers.flatMap(\.names) }

  /// The metric called `name`, which lm-evaluation-harness may call otherwise.
  ///
  /// - Throws: ``MetricError``.
  public static func named(_ name: String, options: MetricOptions) throws -> any Metric {
    guard let maker = makers.first(where: { $0.names.contains(name) }) else {
      throw MetricError.unknown(name: name, nearest: nearestWord(to: name, among: names), known: names)
    }
    var options = options
    let metric = try maker.make(&options)
    try options.finish(name)
    return metric
  }

  /// The metric called `name`, as it is without options.
  ///
  /// - Throws: ``MetricError``.
  public static func named(_ name: String) throws -> any Metric { try named(name, options: MetricOptions()) }

  /// The score of stored parts (their sums, the number of examples) by the ``Metric/aggregation`` stored with them;
  /// whatever needs options has been decided with the parts.
  ///
  /// - Throws: ``MetricError/unknown(name:nearest:known:)``.
  public static func scoring(_ aggregation: String) throws -> @Sendable (_ sums: [Double], _ count: Int) -> Double {
    if let score = PartsScore.allCases.first(where: { $0.aggregation == aggregation }) {
      return { score.score($0, count: $1) }
    }
    let isArguments = aggregation.hasPrefix("argument_f1")
    let metric = try named(aggregation, options: isArguments ? ["arguments": "any"] : [:])
    return { metric.score($0, count: $1) }
  }

  private static func separator(_ options: inout MetricOptions) throws -> String {
    let separator = options.text("separator") ?? ";"
    if separator.isEmpty {
      throw MetricError.badOption(
        metric: "set_f1", option: "separator", value: separator, wanted: "at least one character")
    }
    return separator
  }

  private static func span(
    _ name: String, _ matching: SpanF1.Matching, _ options: inout MetricOptions, types: String = "types"
  ) throws -> SpanF1 {
    let format = LabelledItemsFormat(
      separator: try separator(&options), types: options.names(types), none: options.text("none") ?? "none")
    return SpanF1(name: name, format: format, matching: matching)
  }

  private static func arguments(
    _ name: String, _ matching: SpanF1.Matching, _ options: inout MetricOptions
  ) throws -> SpanF1 {
    let metric = try span(name, matching, &options, types: "arguments")
    if metric.format.types.isEmpty {
      throw MetricError.missingOption(metric: name, option: "arguments", example: "[Drug, Effect]")
    }
    return metric
  }
}
