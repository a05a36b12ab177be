import Experiments
import Foundation
import TaskAffinity
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct FigureTests {
  private final class Reader: NSObject, XMLParserDelegate {
    var texts: [String] = []
    var elements: [String: Int] = [:]
    private var current: String?

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String] = [:]
    ) {
      elements[name, default: 0] += 1
      current = name == "text" ? "" : nil
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { current?.append(string) }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
      if let current, name == "text" { texts.append(current) }
      current = nil
    }
  }

  private func read(_ svg: String) -> Reader? {
    let reader = Reader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    return parser.parse() ? reader : nil
  }

  @Test func everyFigureIsWellFormedWhateverNamesSay() throws {
    try PaperFixture(tasks: PaperFixture.hostileTasks, name: "<&\u{1}>").use { folder in
      let results = try SweepResults(SweepFolder(folder))
      let figures = try results.figures()
      #expect(
        figures.map(\.name) == [
          "transfer-loss", "transfer-metric", "affinity-zero-shot", "affinity-pairwise", "affinity-leave-one-out",
          "graph-zero-shot", "graph-pairwise", "graph-leave-one-out", "seeds-loss", "seeds-metric", "learning-curves",
        ])
      for figure in figures {
        let reader = try #require(read(figure.drawing.svg()), "\(figure.name) is well-formed")
        #expect(reader.elements["e"] == nil, "names are no elements")
        #expect(figure.drawing.height > 20 && figure.drawing.width >= 244)
      }
      let texts = try #require(read(figures[0].drawing.svg())).texts
      for (name, _) in PaperFixture.hostileTasks { #expect(texts.contains(name)) }
    }
  }

  @Test func equalSweepsGiveEqualBytes() throws {
    try PaperFixture().use { folder in
      let figures = try (0..<2).map { _ in try SweepResults(SweepFolder(folder)).figures().map { $0.drawing.svg() } }
      #expect(figures[0] == figures[1])
    }
  }

  @Test func aMissingRunIsADashAndTheFigureSaysUnfinished() throws {
    try PaperFixture(isThere: { subset, _ in subset != ["IE"] }).use { folder in
      let figures = try SweepResults(SweepFolder(folder)).figures()
      for figure in figures {
        let texts = try #require(read(figure.drawing.svg())).texts.joined(separator: " ")
        #expect(texts.contains("UNFINISHED: 13 of 15 runs are finished"), "\(figure.name)")
      }
      let texts = try #require(read(figures[0].drawing.svg())).texts
      #expect(texts.filter { $0 == "—" }.count == 4)
      #expect(texts.contains("— a run is missing"))
    }
    try PaperFixture().use { folder in
      for figure in try SweepResults(SweepFolder(folder)).figures() {
        #expect(!figure.drawing.svg().contains("UNFINISHED"))
      }
    }
  }

  @Test func aSweepThatHasOnlyBegunIsAllGaps() throws {
    try PaperFixture(isThere: { _, _ in false }).use { folder in
      let figures = try SweepResults(SweepFolder(folder)).figures()
      #expect(figures.map(\.name) == ["transfer-loss", "seeds-loss"])
      let texts = try #require(read(figures[0].drawing.svg())).texts
      #expect(texts.filter { $0 == "—" }.count == 28)
    }
  }

  @Test func everyNumberOfAHeatMapHasItsSignAndBothSidesDarkenAlike() throws {
    try PaperFixture().use { folder in
      let matrix = try PaperMatrices(SweepResults(SweepFolder(folder))).affinity[0]
      let texts = try #require(read(HeatMap(matrix).drawing().svg())).texts
      let numbers = texts.filter { $0.contains { "0123456789".contains($0) } && !$0.contains("interval") }
      #expect(numbers.count == matrix.known.count + 2)
      #expect(numbers.allSatisfy { $0.hasPrefix("+") || $0.hasPrefix("−") })
    }
    var last = 2.0
    for step in 0...20 {
      let share = Double(step) / 20
      let (positive, negative) = (DivergingPalette.colour(share), DivergingPalette.colour(-share))
      #expect(abs(positive.luma - negative.luma) < 0.07)
      #expect(positive.luma < last)
      last = positive.luma
      for sign in [share, -share] {
        #expect(DivergingPalette.colour(sign).contrast(with: DivergingPalette.ink(sign)) > 4.5)
      }
    }
  }

  @Test func gainsAreSolidArrowsAndLossesDashed() throws {
    try PaperFixture().use { folder in
      let matrices = try PaperMatrices(SweepResults(SweepFolder(folder)))
      let matrix = try #require(matrices.affinity.first { $0.name == "affinity-pairwise" })
      let svg = TransferGraph(matrix).drawing().svg()
      let lines = svg.split(separator: "\n").filter { $0.hasPrefix("<g><title>") }
      #expect(lines.count == 6)
      for line in lines {
        #expect(line.contains("stroke-dasharray") == line.contains(": −"), "\(line)")
      }
      #expect(lines.contains { $0.contains("GEN on QA: −") })
    }
  }

  @Test func aSmallHeatMapIsDrawnAsItAlwaysWas() throws {
    func cell(_ value: Double) -> DisplayEntry {
      .known(
        DisplayCell(
          Estimate(
            value: value, lower: value - 1, upper: value + 1, standardError: 0.5, seeds: 3, scope: .seedsAndExamples)))
    }
    let matrix = DisplayMatrix(
      name: "m", title: "t", legend: "gain, %", estimand: .equalExposure, confidence: 0.95, rows: ["A", "B"],
      columns: ["A", "B"], entries: [[.undefined, cell(4)], [cell(-0.5), .missing]], isSquare: true,
      higherIsBetter: [true, true])
    let svg = HeatMap(matrix).drawing().svg()
    let golden = try #require(Bundle.module.url(forResource: "Fixtures/heat-map", withExtension: "svg"))
    #expect(svg == (try text(golden.path)), "\(svg)")
  }

  @Test func estimatesAreScatteredAgainstTheTruth() throws {
    let points = [
      ScatterFigure.Point(name: "a<b", estimate: 1, truth: 2, truthInterval: 1.5...2.5),
      ScatterFigure.Point(name: "c", estimate: -1, truth: -1.5, estimateInterval: -2...0),
      ScatterFigure.Point(name: "d", estimate: .nan, truth: 0),
    ]
    let figure = ScatterFigure(
      title: "t", series: [.init(name: "look-ahead", points: points), .init(name: "merge", points: points)])
    let reader = try #require(read(figure.drawing().svg()))
    #expect(reader.elements["g"] == 4, "what is not finite is left out")
    #expect(reader.texts.contains("look-ahead") && reader.texts.contains("measured gain, %"))
    #expect(read(ScatterFigure(title: "", series: []).drawing().svg()) != nil)
  }

  @Test func pdfNeedsItsConverterAndSaysSo() throws {
    #expect(throws: ExportError.noConverter) { try PDFConverter.find(in: "/nowhere:/tmp") }
    #expect(ExportError.noConverter.description.contains("librsvg2-bin"))
    guard optionalProgram("rsvg-convert", package: "librsvg2-bin") != nil else { return }
    try PaperFixture().use { folder in
      let drawing = try #require(try SweepResults(SweepFolder(folder)).figures().first?.drawing)
      let files = try ["a", "b"].map { name in
        try Data(contentsOf: URL(filePath: try drawing.write(to: folder, name: name, formats: [.pdf])[0]))
      }
      #expect(files[0].starts(with: Data("%PDF".utf8)) && files[0] == files[1])
      let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".tmp") }
      #expect(left.isEmpty)
    }
  }
}
