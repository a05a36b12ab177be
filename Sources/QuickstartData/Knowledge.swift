import Foundation

/// The half of the knowledge base that an example is made from.
public enum Side: String, Sendable, CaseIterable {
  /// Examples to learn from.
  case train
  /// Examples to be scored on.
  case test
}

/// A medicine and what a textbook says first about it.
public struct Drug: Sendable, Equatable {
  /// Generic name, lower case.
  public let name: String
  /// The body area that the drug belongs to, first, and every other area where it is also used.
  public let areas: [String]
  /// The sex of a patient who takes it, where only one is plausible.
  public let sex: Sex?
  /// Pharmacological class, without an article.
  public let drugClass: String
  /// The main use.
  public let indication: String
  /// A typical adverse effect; fits after "can cause".
  public let effect: String
  /// Whether the effect is so characteristic that no other hallmark effect of another area is also true.
  public let isHallmark: Bool
  /// A typical adult dose.
  public let dose: String
}

/// A disease and what a textbook says first about it.
public struct Condition: Sendable, Equatable {
  /// The usual name, in the case it has inside a sentence.
  public let name: String
  /// The body area that the condition belongs to, first, and every other area it overlaps with.
  public let areas: [String]
  /// Plausible ages of a patient, in years.
  public let ages: ClosedRange<Int>
  /// The sex of a patient, where only one is plausible.
  public let sex: Sex?
  /// How long the patient has been ill when first seen.
  public let course: Course
  /// Typical findings.
  public let findings: [String]
  /// The test that helps most to make the diagnosis; fits after "with".
  public let test: String
  /// First-line treatment; fits after "treated with".
  public let treatment: String
  /// What it is, for a patient; fits after "is".
  public let explanation: String
}

/// A symptom or sign.
public struct Finding: Sendable, Equatable {
  /// The name, lower case; fits after "reports".
  public let name: String
  /// The body area it belongs to.
  public let areas: [String]
  /// Whether the name is a technical term that a patient may need explained.
  public let isTerm: Bool
  /// Plain words for it; fits after "means".
  public let lay: String
}

/// How long an illness has usually lasted when the patient is first seen.
public enum Course: String, Sendable {
  /// Some days.
  case days
  /// Some weeks.
  case weeks
  /// Some months or longer.
  case months
  /// Inborn, silent or in bouts: a note does not say.
  case unstated
}

/// The sex of a patient in a made-up note.
public enum Sex: String, Sendable, CaseIterable {
  /// A woman or girl.
  case female
  /// A man or boy.
  case male
}

/// The facts of one side: no name on one side occurs on the other.
public struct Knowledge: Sendable {
  /// The side that these facts belong to.
  public let side: Side
  /// Medicines in file order.
  public let drugs: [Drug]
  /// Conditions in file order.
  public let conditions: [Condition]
  /// Findings in file order.
  public let findings: [Finding]

  /// Every drug, condition and finding name of this side.
  public var entities: [String] { drugs.map(\.name) + conditions.map(\.name) + findings.map(\.name) }
}
