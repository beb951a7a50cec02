import Foundation

/// Short names of systems, made of what they differ in.
struct SystemLabels {
  /// What a system can differ from another in, in the order of a name.
  enum Part: CaseIterable {
    case experiment, retriever, rerank, contextTokens, passages, reader, modules, seed

    func value(_ system: ReportedSystem) -> String {
      let cell = system.cell
      switch self {
      case .experiment: return system.experiment
      case .retriever: return cell.retriever
      case .rerank: return cell.rerank == 0 ? "" : "re-ranked \(cell.rerank)"
      case .contextTokens: return "\(cell.contextTokens) tokens"
      case .passages: return "at most \(cell.passages) passages"
      case .reader: return cell.reader
      case .modules:
        return cell.modules.map { ($0 as NSString).lastPathComponent }.joined(separator: " ")
      case .seed: return "seed \(cell.seed)"
      }
    }
  }

  /// What the systems differ in; the retriever and re-ranking are always named.
  let varying: [Part]
  /// In the order of the systems; no two are alike.
  private(set) var names: [String]
  /// Systems that differ in the budget alone share a colour; the last of them has a whole line.
  private(set) var styles: [Chart.Style] = []

  init(_ systems: [ReportedSystem]) {
    varying = Part.allCases.filter { part in
      part == .retriever || part == .rerank || Set(systems.map(part.value)).count > 1
    }
    names = Self.unique(systems.map { [varying] in Self.name($0, by: varying) }, systems)
    let groups = systems.map { [varying] system in
      Self.name(system, by: varying.filter { !Self.budget.contains($0) })
    }
    let colors = groups.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    styles = groups.enumerated().map { place, group in
      Chart.Style(
        color: colors.firstIndex(of: group) ?? 0,
        dash: groups[(place + 1)...].count { $0 == group })
    }
  }

  static let budget: [Part] = [.contextTokens, .passages]

  /// The name of a system by some of its parts.
  static func name(_ system: ReportedSystem, by parts: [Part]) -> String {
    parts.map { $0.value(system) }.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// Names that more than one system has become those of the cells, and these are numbered if they
  /// must be.
  private static func unique(_ names: [String], _ systems: [ReportedSystem]) -> [String] {
    var seen: [String: Int] = [:]
    let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
    return zip(names, systems).map { name, system in
      let name = counts[name] == 1 ? name : system.cell.name
      seen[name, default: 0] += 1
      return seen[name] == 1 ? name : "\(name) (\(seen[name] ?? 0))"
    }
  }
}
