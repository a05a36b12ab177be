import Foundation

/// Where the rows of a split come from, and what is done to them on the way.
struct RowSource: Sendable {
  /// Read one after another.
  var files: [String]
  var reader: any RowReader
  var steps: RowSteps
  /// Conditions of this split alone.
  var conditions: [RowCondition] = []
  /// Which rows of files that hold all splits belong to this one.
  var portion: SplitPortion?

  /// A row and where it came from.
  struct Item {
    var file: String
    /// Of the rows made out of one by `each`, from 0; nil without it.
    var part: Int?
    var row: DataRow
  }

  /// Offers every row, or what is wrong with it, until the body returns false.
  ///
  /// - Throws: ``TaskError``, `FormatError.unreadable`, and what the body throws.
  func forEachItem(_ body: (Result<Item, TaskError>) throws -> Bool) throws {
    let join = try steps.join?.table()
    let shared = try steps.conditions.map { try $0.loaded() }
    let own = try conditions.map { try $0.loaded() }
    var seen: Set<UInt64> = []
    for file in files {
      var goesOn = true
      var number = 0
      let url = URL(filePath: file)
      let name = url.deletingPathExtension().lastPathComponent
      try reader.forEachRow(file) { result in
        var row: DataRow
        number += 1
        switch result {
        case .failure(let error):
          goesOn = try body(.failure(error))
          return goesOn
        case .success(let read): row = read
        }
        row.fields["_file"] = .string(name)
        row.fields["_folder"] = .string(url.deletingLastPathComponent().lastPathComponent)
        row.fields["_row"] = .number(Double(number))
        for part in steps.parts(of: row, file: file) {
          var item: Item
          switch part {
          case .failure(let error):
            goesOn = try body(.failure(error))
            if !goesOn { return false }
            continue
          case .success(let (part, row)): item = Item(file: file, part: part, row: row)
          }
          do throws(TaskError) {
            try steps.finish(&item.row, file: file, join: join)
            var isWanted = true
            for condition in shared + own where isWanted { isWanted = try condition.holds(for: item.row, file: file) }
            if isWanted, let unique = steps.unique {
              isWanted = seen.insert(mixedHash(try item.row.required(unique, file: file).text)).inserted
            }
            if isWanted, let portion { isWanted = try portion.holds(for: item) }
            if !isWanted { continue }
          } catch {
            goesOn = try body(.failure(error))
            if !goesOn { return false }
            continue
          }
          goesOn = try body(.success(item))
          if !goesOn { return false }
        }
        return true
      }
      if !goesOn { return }
    }
  }

  /// Every file that the rows depend on, in a fixed order; for a process what it prints and its own files.
  ///
  /// - Throws: ``PluginError``.
  var allFiles: [String] {
    get throws {
      let process = reader as? ProcessReader
      return try (process.map { try [$0.output()] + $0.command.ownFiles } ?? files) + otherFiles
    }
  }

  private var otherFiles: [String] {
    [steps.join?.file].compactMap { $0 } + (steps.conditions + conditions).compactMap(\.file)
  }
}

/// Which half of one file's rows.
struct SplitPortion: Sendable {
  enum Rule: Sendable {
    /// One row in n is for testing, decided by a hash of the value or, without a field, of the file's name and the row's number.
    case every(Int, by: String?)
    /// Rows whose field has one of the values.
    case field(String, values: [TaskSplit: Set<String>])
  }

  var rule: Rule
  var split: TaskSplit

  func holds(for item: RowSource.Item) throws(TaskError) -> Bool {
    switch rule {
    case .every(let count, let field):
      var key = ["_file", "_row"].map { item.row.fields[$0]?.text ?? "" }.joined(separator: ":")
      if let field { key = try item.row.required(field, file: item.file).text }
      let isTest = mixedHash(key) % UInt64(count) == 0
      return isTest == (split == .test)
    case .field(let field, let values):
      return values[split]?.contains(try item.row.required(field, file: item.file).text) ?? false
    }
  }
}

/// ``stableHash(_:)`` with its bits mixed (the finaliser of SplitMix64), for use modulo small numbers.
func mixedHash(_ text: String) -> UInt64 {
  var z = stableHash(text) &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
