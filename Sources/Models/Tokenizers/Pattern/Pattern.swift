/// A compiled regular expression over UTF-8, with the matches of a backtracking engine.
///
/// A repeated class is one step that remembers how far it may give back, so that the patterns of
/// tokenizers take linear time and no stack on words and white space of any length.
struct Pattern: Sendable {
  let source: String
  private var instructions: [Instruction] = []
  private var classes: [ScalarClass] = []
  private let opening: ByteSet?

  private enum Instruction: Sendable {
    case take(Int)
    case takeMany(Int, min: Int, max: Int, PatternNode.Greed)
    /// Tries `first`, then `second`; `first` only where it may begin, if that is known.
    case fork(first: Int, second: Int, ByteSet)
    case jump(Int)
    /// Runs what follows as an expression of its own and goes on at `end`.
    case look(isNegative: Bool, end: Int)
    case atomic(end: Int)
    case lineStart, lineEnd
    case accept
  }

  /// Where to go on when the way taken fails: at `position`, or for a class that took many scalars at
  /// any boundary from there down to `floor`.
  fileprivate struct Choice {
    var next: Int
    var position: Int
    var floor: Int
  }

  /// Memory for `matches`, kept by the caller to save an allocation per text.
  struct Scratch {
    fileprivate var choices: [Choice] = []
    init() {}
  }

  init(_ source: String) throws(PatternError) {
    try self.init(source, PatternParser.parse(source))
  }

  /// A tree that was not written as text, under some name.
  init(_ name: String, _ node: PatternNode) throws(PatternError) {
    source = name
    let (bytes, mayBeEmpty) = node.opening
    opening = mayBeEmpty ? nil : bytes
    try compile(node)
    instructions.append(.accept)
  }

  /// Scalars one after the other, each of a class.
  init(_ name: String, _ classes: [ScalarClass]) {
    source = name
    opening = classes.first.map(ByteSet.init)
    self.classes = classes
    instructions = classes.indices.map(Instruction.take) + [.accept]
  }

  /// The text itself, with nothing in it special.
  init(literal: String) {
    self.init(literal, literal.unicodeScalars.map { ScalarClass(scalars: [$0]) })
  }

  /// Two spaces and more.
  static let spaces = Pattern(
    name: "spaces", .takeMany(0, min: 2, max: .max, .greedy), ScalarClass(scalars: [" "]))

  private init(name: String, _ only: Instruction, _ scalars: ScalarClass) {
    source = name
    opening = ByteSet(scalars)
    classes = [scalars]
    instructions = [only, .accept]
  }

  /// The matches within `range`, which is a text of its own, from left to right.
  func matches(in text: [UInt8], _ range: Range<Int>, scratch: inout Scratch) -> [Range<Int>] {
    var matches: [Range<Int>] = []
    var position = range.lowerBound
    while position < range.upperBound {
      if let opening, !opening.contains(text[position]) {
        position += 1
        continue
      }
      let end = run(from: 0, at: position, in: text, range, &scratch)
      if let end { matches.append(position..<end) }
      position = end.flatMap { $0 > position ? $0 : nil } ?? text.scalarEnd(after: position)
    }
    return matches
  }

  private func run(
    from start: Int, at origin: Int, in text: [UInt8], _ range: Range<Int>,
    _ scratch: inout Scratch
  ) -> Int? {
    let base = scratch.choices.count
    defer { scratch.choices.removeLast(scratch.choices.count - base) }
    var next = start
    var position = origin
    while true {
      var hasFailed = false
      switch instructions[next] {
      case .accept: return position
      case .jump(let target): next = target
      case .take(let index):
        if position < range.upperBound, classes[index].contains(text.scalar(at: position)) {
          position = text.scalarEnd(after: position)
          next += 1
        } else {
          hasFailed = true
        }
      case .takeMany(let index, let min, let max, let greed):
        let taken = takeMany(classes[index], min, max, greed, at: position, in: text, range)
        next += 1
        if let taken {
          if taken.floor < taken.end {
            scratch.choices.append(Choice(next: next, position: taken.end, floor: taken.floor))
          }
          position = taken.end
        } else {
          hasFailed = true
        }
      case .fork(let first, let second, let bytes):
        if position == range.upperBound || bytes.contains(text[position]) {
          scratch.choices.append(Choice(next: second, position: position, floor: position))
          next = first
        } else {
          next = second
        }
      case .look(let isNegative, let end):
        let found = run(from: next + 1, at: position, in: text, range, &scratch) != nil
        hasFailed = found == isNegative
        next = end
      case .atomic(let end):
        let inner = run(from: next + 1, at: position, in: text, range, &scratch)
        hasFailed = inner == nil
        position = inner ?? position
        next = end
      case .lineStart:
        hasFailed =
          position > range.lowerBound
          && (text[position - 1] != UInt8(ascii: "\n") || position == range.upperBound)
        next += 1
      case .lineEnd:
        hasFailed = position < range.upperBound && text[position] != UInt8(ascii: "\n")
        next += 1
      }
      if hasFailed {
        guard scratch.choices.count > base else { return nil }
        (next, position) = Self.goBack(&scratch.choices, in: text)
      }
    }
  }

  /// How far a repeated class reaches, and down to where it may give back; nil for too few scalars.
  private func takeMany(
    _ scalars: ScalarClass, _ min: Int, _ max: Int, _ greed: PatternNode.Greed, at start: Int,
    in text: [UInt8], _ range: Range<Int>
  ) -> (floor: Int, end: Int)? {
    var position = start
    var floor = start
    var count = 0
    while count < max, position < range.upperBound, scalars.contains(text.scalar(at: position)) {
      position = text.scalarEnd(after: position)
      count += 1
      if count == min { floor = position }
    }
    guard count >= min else { return nil }
    return (greed == .possessive ? position : floor, position)
  }

  private static func goBack(_ choices: inout [Choice], in text: [UInt8]) -> (Int, Int) {
    let last = choices.count - 1
    guard choices[last].floor < choices[last].position else {
      let choice = choices.removeLast()
      return (choice.next, choice.position)
    }
    var position = choices[last].position - 1
    while text[position] & 0xC0 == 0x80 { position -= 1 }
    let next = choices[last].next
    if position > choices[last].floor {
      choices[last].position = position
    } else {
      choices.removeLast()
    }
    return (next, position)
  }

  private mutating func compile(_ node: PatternNode) throws(PatternError) {
    guard instructions.count < 10_000 else {
      throw PatternError(expected: "an expression of at most 10000 steps", found: source)
    }
    switch node {
    case .empty: break
    case .scalars(let scalars): instructions.append(.take(index(of: scalars)))
    case .sequence(let nodes): for node in nodes { try compile(node) }
    case .alternatives(let nodes): try compile(alternatives: nodes[...])
    case .repeated(.scalars(let scalars), let min, let max, let greed) where greed != .lazy:
      instructions.append(.takeMany(index(of: scalars), min: min, max: max ?? .max, greed))
    case .repeated(let inner, let min, let max, .possessive):
      try compile(.atomic(.repeated(inner, min: min, max: max, .greedy)))
    case .repeated(let inner, let min, let max, let greed):
      for _ in 0..<min { try compile(inner) }
      try compile(optional: inner, times: max.map { $0 - min }, isLazy: greed == .lazy)
    case .lookahead(let inner, let isNegative):
      try compile(separate: inner) { .look(isNegative: isNegative, end: $0) }
    case .atomic(let inner): try compile(separate: inner) { .atomic(end: $0) }
    case .lineStart: instructions.append(.lineStart)
    case .lineEnd: instructions.append(.lineEnd)
    }
  }

  private mutating func compile(alternatives nodes: ArraySlice<PatternNode>) throws(PatternError) {
    guard let first = nodes.first else { return }
    guard nodes.count > 1 else { return try compile(first) }
    let fork = instructions.count
    instructions.append(.accept)
    try compile(first)
    let jump = instructions.count
    instructions.append(.accept)
    instructions[fork] = .fork(first: fork + 1, second: jump + 1, Self.opening(of: first))
    try compile(alternatives: nodes.dropFirst())
    instructions[jump] = .jump(instructions.count)
  }

  /// `inner` up to so many times, or any number of times.
  private mutating func compile(
    optional inner: PatternNode, times: Int?, isLazy: Bool
  ) throws(PatternError) {
    guard !inner.opening.mayBeEmpty || times != nil else {
      throw PatternError(expected: "nothing empty to be repeated without end", found: source)
    }
    var forks: [Int] = []
    for _ in 0..<(times ?? 1) {
      forks.append(instructions.count)
      instructions.append(.accept)
      try compile(inner)
    }
    if times == nil { instructions.append(.jump(forks[0])) }
    for fork in forks {
      let exit = instructions.count
      instructions[fork] =
        isLazy
        ? .fork(first: exit, second: fork + 1, .all)
        : .fork(first: fork + 1, second: exit, Self.opening(of: inner))
    }
  }

  private mutating func compile(
    separate inner: PatternNode, _ instruction: (_ end: Int) -> Instruction
  ) throws(PatternError) {
    let start = instructions.count
    instructions.append(.accept)
    try compile(inner)
    instructions.append(.accept)
    instructions[start] = instruction(instructions.count)
  }

  private mutating func index(of scalars: ScalarClass) -> Int {
    if let index = classes.firstIndex(of: scalars) { return index }
    classes.append(scalars)
    return classes.count - 1
  }

  private static func opening(of node: PatternNode) -> ByteSet {
    let (bytes, mayBeEmpty) = node.opening
    return mayBeEmpty ? .all : bytes
  }
}
