import Foundation

extension Knowledge {
  /// Reads the tables of a directory and keeps the facts of one side.
  ///
  /// `areas.tsv` gives every body area to one side, so that related names (a drug, what it treats, the
  /// findings there) stay together and nothing learnt in training names what the test asks about.
  /// Throws `KnowledgeError`.
  public init(directory: String, side: Side) throws {
    let areaPath = directory + "/areas.tsv"
    let areas = try KnowledgeTable(path: areaPath, columns: ["area", "side"])
    var sides: [String: Side] = [:]
    for row in areas.rows {
      guard let side = Side(rawValue: row.text("side")) else {
        throw KnowledgeError.malformedRow(path: areaPath, line: row.line, reason: "the side must be train or test")
      }
      sides[row.text("area")] = side
    }

    func rows(_ file: String, _ columns: [String]) throws -> [(row: KnowledgeTable.Row, areas: [String])] {
      let path = directory + "/" + file
      return try KnowledgeTable(path: path, columns: columns).rows.compactMap { row in
        let areas = [row.text("area")] + row.list("also", separator: ",")
        for area in areas where sides[area] == nil {
          throw KnowledgeError.malformedRow(path: path, line: row.line, reason: "areas.tsv does not list \(area)")
        }
        return sides[areas[0]] == side ? (row, areas) : nil
      }
    }

    self.side = side
    let drugColumns = ["name", "area", "also", "sex", "class", "indication", "effect", "hallmark", "dose"]
    drugs = try rows("drugs.tsv", drugColumns).map {
      Drug(
        name: $0.row.text("name"), areas: $0.areas, sex: Sex(rawValue: $0.row.text("sex")),
        drugClass: $0.row.text("class"), indication: $0.row.text("indication"), effect: $0.row.text("effect"),
        isHallmark: $0.row.text("hallmark") == "yes", dose: $0.row.text("dose"))
    }
    let conditionColumns = [
      "name", "area", "also", "ages", "sex", "course", "findings", "test", "treatment", "explanation",
    ]
    conditions = try rows("conditions.tsv", conditionColumns).map { row, areas in
      let ages = row.list("ages", separator: "-").compactMap { Int($0) }
      guard ages.count == 2, ages[0] > 0, ages[0] <= ages[1] else {
        throw KnowledgeError.malformedRow(
          path: directory + "/conditions.tsv", line: row.line, reason: "ages must read like 30-65")
      }
      guard let course = Course(rawValue: row.text("course")) else {
        throw KnowledgeError.malformedRow(
          path: directory + "/conditions.tsv", line: row.line,
          reason: "the course must be days, weeks, months or unstated")
      }
      return Condition(
        name: row.text("name"), areas: areas, ages: ages[0]...ages[1], sex: Sex(rawValue: row.text("sex")),
        course: course, findings: row.list("findings", separator: ";"), test: row.text("test"),
        treatment: row.text("treatment"), explanation: row.text("explanation"))
    }
    findings = try rows("findings.tsv", ["name", "area", "term", "lay"]).map {
      Finding(
        name: $0.row.text("name"), areas: $0.areas, isTerm: $0.row.text("term") == "yes", lay: $0.row.text("lay"))
    }
  }
}
