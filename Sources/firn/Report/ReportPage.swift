import Foundation
import Native
import Retrieval

/// The page: the template with figures, data, style and script in their places.
struct ReportPage {
  let files: [ResultsFile]
  let data: ExplorerData

  private static let style = String(decoding: PackageResources.page_css, as: UTF8.self)
  private static let script = [
    PackageResources.charts_js, PackageResources.data_js, PackageResources.question_js,
    PackageResources.explorer_js,
  ].map { String(decoding: $0, as: UTF8.self) }.joined()

  func write(to output: OutputFile) throws {
    let template = String(decoding: PackageResources.page_html, as: UTF8.self)
    for (index, piece) in template.components(separatedBy: "{{").enumerated() {
      guard index > 0, let end = piece.range(of: "}}") else {
        try output.write(piece)
        continue
      }
      try fill(String(piece[..<end.lowerBound]), output)
      try output.write(String(piece[end.upperBound...]))
    }
  }

  private func fill(_ place: String, _ output: OutputFile) throws {
    switch place {
    case "policy": try output.write(Self.policy)
    case "style": try output.write(Self.style)
    case "script": try output.write(Self.script)
    case "lists": try data.writeLists(output.write)
    case "details": try data.writeDetails(output.write)
    case "title": try output.write(title.html)
    case "summary": try output.write(summary.html)
    case "figures": try output.write(Markup(figures).html)
    case "provenance": try output.write(Markup(files.map { Provenance(file: $0).markup }).html)
    default: preconditionFailure("expected a place that the page fills, found \(place)")
    }
  }

  private var title: Markup { "\(files.map(\.name).joined(separator: ", "))" }

  private var summary: Markup {
    let sets = data.sets.map(\.questions)
    let counts = sets.map { "\($0.questions.count) questions of \($0.name)" }
    let systems = sets.reduce(0) { $0 + $1.systems.count }
    return """
      \(counts.joined(separator: ", ")) · \(systems) \(systems == 1 ? "system" : "systems") · \
      firn \(Set(files.map(\.version)).sorted().joined(separator: ", "))
      """
  }

  private var figures: [Markup] {
    data.sets.enumerated().map { index, set in
      let (questions, labels) = set
      let prefix = index == 0 ? "" : "-\(index)"
      let charts = ReportCharts(questions: questions, labels: labels, prefix: "set\(index)")
      let errors = ErrorTable(questions: questions, labels: labels).markup
      let heading: Markup = data.sets.count == 1 ? "" : "<p class=\"set\">\(questions.name)</p>"
      let errorSection: Markup =
        errors.map {
          """
          <section aria-labelledby="errors\(prefix)">\(heading)<h2 id="errors\(prefix)">Errors</h2>
          \($0)</section>
          """
        } ?? ""
      return """
        <section aria-labelledby="results\(prefix)">\(heading)
        <h2 id="results\(prefix)">Results</h2>
        \(ResultsTable(questions: questions, labels: labels).markup)</section>
        <section aria-labelledby="curves\(prefix)">\(heading)<h2 id="curves\(prefix)">Curves</h2>
        <div class="charts">\(charts.figures)</div></section>
        \(errorSection)
        """
    }
  }

  /// Only this page's own style and script count, and nothing is loaded from anywhere.
  private static var policy: String {
    "default-src 'none'; style-src '\(digest(of: style))'; "
      + "script-src '\(digest(of: script))'; base-uri 'none'; form-action 'none'"
  }

  /// - Source: W3C, Content Security Policy Level 3, section 2.3.1 (hash sources).
  private static func digest(of text: String) -> String {
    var sha256 = SHA256()
    sha256.update(Array(text.utf8))
    let digits = Array(sha256.finished())
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
    return "sha256-\(Data(bytes).base64EncodedString())"
  }
}
