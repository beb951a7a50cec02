import ArgumentParser

/// An index as users name it: `wiki` is the folder `indexes/wiki`, anything with a slash is a path.
struct IndexPath: ExpressibleByArgument {
  let path: String

  init?(argument: String) {
    if argument.isEmpty { return nil }
    self.init(argument)
  }

  init(_ name: String) { path = name.contains("/") ? name : "indexes/\(name)" }
}
