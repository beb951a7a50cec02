import ArgumentParser
import Retrieval

/// One fold of a cross-validation, written `0/5`.
struct Fold: ExpressibleByArgument {
  let index, count: Int

  init?(argument: String) {
    let parts = argument.split(separator: "/").map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count > 1,
      (0..<count).contains(index)
    else { return nil }
    self.index = index
    self.count = count
  }

  func contains(_ question: String) -> Bool { fold(of: question, count: count) == index }
}
