import ArgumentParser

/// An amount of memory as users type it: bytes, or with K, M, G or T for powers of 1024.
struct MemorySize: ExpressibleByArgument, Equatable {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let units = ["K", "M", "G", "T"]
    let text = argument.uppercased()
    let unit = units.firstIndex { text.hasSuffix($0) }
    let digits = unit == nil ? text : String(text.dropLast())
    guard let number = Int(digits), number > 0, number < 1 << 22 || unit == nil else { return nil }
    bytes = number << (10 * (unit.map { $0 + 1 } ?? 0))
  }

  var defaultValueDescription: String { "\(bytes >> 20)M" }
}
