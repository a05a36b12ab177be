/// Worked examples before every prompt.
struct FewShot: Sendable {
  /// How many of the first training examples are shown.
  var count = 0
  /// Shown instead of training examples where there are any.
  var fixed: [(prompt: String, target: String)] = []
  /// Between a worked prompt and its answer.
  var targetDelimiter = " "
  /// Between worked examples, and before the prompt.
  var delimiter = "\n\n"

  /// The example with its shots before the prompt; an example is never a shot of itself.
  func shown(_ shots: [TaskExample], before example: TaskExample) -> TaskExample {
    var texts = fixed.map { $0.prompt + targetDelimiter + $0.target }
    if fixed.isEmpty {
      texts = shots.filter { $0.prompt != example.prompt }.prefix(count).map { $0.prompt + targetDelimiter + $0.target }
    }
    var shown = example
    shown.prompt = (texts + [example.prompt]).joined(separator: delimiter)
    return shown
  }
}
