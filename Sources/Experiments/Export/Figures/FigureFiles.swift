import Foundation
import MTL
import TaskAffinity

/// A format that figures are written in.
public enum FigureFormat: String, Sendable, CaseIterable {
  /// Our own.
  case svg
  /// By `rsvg-convert`.
  case pdf
  /// A `tikzpicture` for a LaTeX document.
  case tikz

  fileprivate var ending: String { self == .tikz ? "tex" : rawValue }
}

/// Rows and columns of heat maps.
public enum FigureOrder: String, Sendable, CaseIterable {
  /// Like ones beside each other.
  case clustered
  /// As the sweep has them.
  case given
}

/// What is drawn of a sweep, and how.
public struct FigureOptions: Sendable {
  /// The formats.
  public var formats: [FigureFormat] = [.svg]
  /// The order of heat maps.
  public var order = FigureOrder.clustered
  /// A metric instead of the loss.
  public var metric: String?
  /// How intervals are drawn.
  public var bootstrap = BootstrapSettings()

  /// The defaults.
  public init() {}
}

extension Drawing {
  /// Writes the figure to `folder/name.svg` and the like; returns the paths.
  ///
  /// - Throws: ``ExportError/noConverter`` and ``ExportError/conversion(path:reason:)`` for PDF; `FormatError.unwritable`.
  public func write(to folder: String, name: String, formats: [FigureFormat]) throws -> [String] {
    try makeFolder(folder)
    return try formats.map { format in
      let path = "\(folder)/\(name).\(format.ending)"
      switch format {
      case .svg: try writeText(svg(), to: path)
      case .tikz: try writeText(tikz(), to: path)
      case .pdf: try PDFConverter.write(svg(), to: path)
      }
      return path
    }
  }
}

extension SweepResults {
  /// The heat maps, graphs, curves and seeds of a sweep, each with a name for its file.
  ///
  /// - Throws: `AffinityError` for a metric that no task has.
  public func figures(_ options: FigureOptions = .init()) throws -> [(name: String, drawing: Drawing)] {
    let matrices = try PaperMatrices(self, metric: options.metric, bootstrap: options.bootstrap)
    let status = unfinishedNote
    var figures: [(String, Drawing)] = []
    for matrix in matrices.transfer + matrices.affinity {
      let ordered = options.order == .clustered ? matrix.clustered() : matrix
      figures.append((matrix.name, HeatMap(ordered, status: status).drawing()))
    }
    for matrix in matrices.affinity where matrix.isSquare && matrix.rows.count > 1 {
      let name = matrix.name.replacing("affinity-", with: "graph-")
      figures.append((name, TransferGraph(matrix, status: status).drawing()))
    }
    for matrix in matrices.transfer {
      let name = matrix.name.replacing("transfer-", with: "seeds-")
      figures.append((name, SeedsFigure(matrix, status: status).drawing()))
    }
    if let curves = learningCurves() { figures.append(("learning-curves", curves)) }
    return figures
  }

  /// Writes all figures; returns their paths.
  ///
  /// - Throws: as ``figures(_:)`` and ``Drawing/write(to:name:formats:)``.
  public func writeFigures(to folder: String, options: FigureOptions = .init()) throws -> [String] {
    if options.formats.contains(.pdf) { _ = try PDFConverter.find() }
    return try figures(options).flatMap { try $0.drawing.write(to: folder, name: $0.name, formats: options.formats) }
  }

  /// What figures and tables of an unfinished sweep have to say; nil for a complete one.
  package var unfinishedNote: String? { gaps.isEmpty ? nil : completeness }
}
