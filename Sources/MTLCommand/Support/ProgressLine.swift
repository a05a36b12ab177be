import Foundation

/// Progress of long work on standard error: a bar that is drawn over on a terminal, a plain line now and then elsewhere.
struct ProgressLine {
  private let isQuiet: Bool
  private var lastDrawn = Date.distantPast
  private var lastLength = 0
  private let interval: TimeInterval

  init(quiet: Bool) {
    isQuiet = quiet
    interval = errorIsTerminal ? 0.1 : 15
  }

  /// Shows how far it is; drawn at most every so often unless `important`.
  mutating func show(_ fraction: Double, secondsLeft: Double?, _ text: String, important: Bool = false) {
    if isQuiet || (!important && Date().timeIntervalSince(lastDrawn) < interval) { return }
    lastDrawn = Date()
    let percent = String(format: "%3.0f%%", fraction * 100)
    let left = secondsLeft.map { ", \(durationText($0)) left" } ?? ""
    guard errorIsTerminal else {
      printNote("\(percent) \(text)\(left)")
      return
    }
    let filled = Int(fraction * 24)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
    let line = "\(bar) \(percent) \(text)\(left)"
    let padding = String(repeating: " ", count: max(0, lastLength - line.count))
    lastLength = line.count
    FileHandle.standardError.write(Data(("\r" + line + padding).utf8))
  }

  /// Leaves the line.
  mutating func end() {
    if !isQuiet && errorIsTerminal && lastLength > 0 { FileHandle.standardError.write(Data("\n".utf8)) }
    lastLength = 0
  }
}

/// A duration as people say it: 45 s, 3 min 20 s, 2 h 5 min.
func durationText(_ seconds: Double) -> String {
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
