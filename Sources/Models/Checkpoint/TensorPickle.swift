/// Reads the pickle in which `torch.save` describes a dictionary of tensors, and nothing else.
///
/// A pickle is a program for a stack machine that may call anything. This machine knows the
/// instructions that dictionaries of tensors are made of and three functions, none of which runs
/// code of the file's: every other instruction or name is an error. Dictionaries and tuples lie in
/// one list and are referred to by number, so that none can be nested too deeply to be freed.
/// - Source: CPython's `pickletools`; `torch._utils` for the three functions' arguments.
struct TensorPickle {
  /// A view of a storage, which is a record of the archive.
  struct View: Equatable {
    let storage: Storage
    /// First element, in numbers from the storage's beginning.
    let offset: Int
    let shape, strides: [Int]
  }

  struct Storage: Equatable {
    /// The format of its numbers by safetensors' name.
    let format: String
    let key: String
    /// Numbers.
    let count: Int
  }

  private enum Value {
    case none
    case bool
    case integer(Int)
    case text(String)
    case format(String)
    case function(Function)
    case tuple(Int)
    case dictionary(Int)
    case storage(Storage)
    case tensor(View)
  }

  private enum Function: String {
    case dictionary = "collections OrderedDict"
    case tensor = "torch._utils _rebuild_tensor_v2"
    case parameter = "torch._utils _rebuild_parameter"
  }

  private static let formats = [
    "torch DoubleStorage": "F64", "torch FloatStorage": "F32", "torch HalfStorage": "F16",
    "torch BFloat16Storage": "BF16", "torch LongStorage": "I64", "torch IntStorage": "I32",
    "torch ShortStorage": "I16", "torch CharStorage": "I8", "torch ByteStorage": "U8",
    "torch BoolStorage": "BOOL",
  ]

  /// What stops the reading, and where.
  struct Failure: Error {
    /// Bytes from the beginning.
    let offset: Int
    let expected, found: String
  }

  private var reader: ByteReader
  private var stack: [Value] = []
  /// Heights of the stack where a group of values begins.
  private var marks: [Int] = []
  private var memo: [Int: Value] = [:]
  /// Elements of every tuple; keys and values, in turn, of every dictionary.
  private var elements: [[Value]] = []
  /// Where the instruction that is being followed begins.
  private var offset = 0

  /// The tensors by name; of two of a name the later one counts, as in Python.
  static func tensors(_ bytes: [UInt8]) throws(Failure) -> [String: View] {
    var machine = TensorPickle(reader: ByteReader(bytes))
    guard case .dictionary(let number) = try machine.run() else {
      throw machine.failure("a dictionary of tensors", "another value")
    }
    var tensors: [String: View] = [:]
    let members = machine.elements[number]
    for index in stride(from: 0, to: members.count, by: 2) {
      guard case .text(let name) = members[index] else {
        throw machine.failure("names of tensors", "a key that is no text")
      }
      guard case .tensor(let view) = members[index + 1] else {
        throw machine.failure("a tensor for \(name)", "another value")
      }
      tensors[name] = view
    }
    return tensors
  }

  private init(reader: ByteReader) { self.reader = reader }

  // MARK: Instructions

  private mutating func run() throws(Failure) -> Value {
    while true {
      offset = reader.position
      let code = try taken(reader.integer(1))
      switch UInt8(code) {
      case 0x80: try requireProtocol(taken(reader.integer(1)))
      case 0x95: _ = try taken(reader.integer(8))  // The size of a frame, which reading needs not.
      case UInt8(ascii: "."): return try pop()
      case UInt8(ascii: "("): marks.append(stack.count)
      case UInt8(ascii: "}"): push(.dictionary(elements.count), holding: [])
      case UInt8(ascii: ")"): push(.tuple(elements.count), holding: [])
      case UInt8(ascii: "t"): push(.tuple(elements.count), holding: try popToMark())
      case 0x85...0x87: push(.tuple(elements.count), holding: try pop(code - 0x84))
      case UInt8(ascii: "s"): try setItems(pop(2))
      case UInt8(ascii: "u"): try setItems(popToMark())
      case UInt8(ascii: "N"): stack.append(.none)
      case 0x88, 0x89: stack.append(.bool)
      case UInt8(ascii: "K"): stack.append(.integer(try taken(reader.integer(1))))
      case UInt8(ascii: "M"): stack.append(.integer(try taken(reader.integer(2))))
      case UInt8(ascii: "J"): stack.append(.integer(try signed(4)))
      case 0x8A: stack.append(.integer(try signed(taken(reader.integer(1)))))
      case UInt8(ascii: "X"): stack.append(.text(try taken(reader.text(taken(reader.integer(4))))))
      case 0x8C: stack.append(.text(try taken(reader.text(taken(reader.integer(1))))))
      case UInt8(ascii: "q"): memo[try taken(reader.integer(1))] = try top()
      case UInt8(ascii: "r"): memo[try taken(reader.integer(4))] = try top()
      case 0x94: memo[memo.count] = try top()
      case UInt8(ascii: "h"): stack.append(try remembered(taken(reader.integer(1))))
      case UInt8(ascii: "j"): stack.append(try remembered(taken(reader.integer(4))))
      case UInt8(ascii: "c"): stack.append(try global(taken(reader.line()), taken(reader.line())))
      case 0x93: try pushGlobal(pop(2))
      case UInt8(ascii: "Q"): stack.append(.storage(try storage(pop())))
      case UInt8(ascii: "R"): try reduce(pop(2))
      case UInt8(ascii: "b"): try build(pop(2))
      default: throw failure("a pickle of tensors", "the instruction 0x\(String(code, radix: 16))")
      }
    }
  }

  private func requireProtocol(_ version: Int) throws(Failure) {
    guard (2...5).contains(version) else { throw failure("protocol 2 to 5", "\(version)") }
  }

  /// A number of `width` bytes in two's complement.
  private mutating func signed(_ width: Int) throws(Failure) -> Int {
    guard width <= 8, let bytes = reader.take(width) else {
      throw failure("a number of at most 8 bytes", "\(width) or fewer that are left")
    }
    let bits = bytes.reversed().reduce(Int(0)) { $0 << 8 | Int($1) }
    let unused = Int.bitWidth - 8 * width
    return width == 0 ? 0 : (bits << unused) >> unused
  }

  private func global(_ module: String, _ name: String) throws(Failure) -> Value {
    let full = "\(module) \(name)"
    if let format = Self.formats[full] { return .format(format) }
    if let function = Function(rawValue: full) { return .function(function) }
    throw failure("names of tensors' parts only", "\(module).\(name)")
  }

  private mutating func pushGlobal(_ names: [Value]) throws(Failure) {
    guard case .text(let module) = names[0], case .text(let name) = names[1] else {
      throw failure("a module and a name", "other values")
    }
    stack.append(try global(module, name))
  }

  private mutating func setItems(_ items: [Value]) throws(Failure) {
    guard case .dictionary(let number) = try top(), items.count % 2 == 0 else {
      throw failure("keys and values for a dictionary", "other values")
    }
    elements[number] += items
  }

  /// A dictionary's attributes (`_metadata`) say nothing about its tensors.
  private mutating func build(_ operands: [Value]) throws(Failure) {
    guard case .dictionary = operands[0], case .dictionary = operands[1] else {
      throw failure("attributes of a dictionary", "those of another value")
    }
    stack.append(operands[0])
  }

  /// ('storage', kind, key, device, count).
  private func storage(_ identifier: Value) throws(Failure) -> Storage {
    guard case .tuple(let number) = identifier, elements[number].count == 5,
      case .text("storage") = elements[number][0], case .format(let format) = elements[number][1],
      case .text(let key) = elements[number][2], case .integer(let count) = elements[number][4],
      count >= 0
    else { throw failure("a storage", "another object") }
    return Storage(format: format, key: key, count: count)
  }

  private mutating func reduce(_ operands: [Value]) throws(Failure) {
    guard case .function(let function) = operands[0], case .tuple(let number) = operands[1] else {
      throw failure("a function and its arguments", "other values")
    }
    let arguments = elements[number]
    switch function {
    case .dictionary:
      guard arguments.isEmpty else { throw failure("an empty dictionary", "a filled one") }
      push(.dictionary(elements.count), holding: [])
    case .tensor: stack.append(.tensor(try view(arguments)))
    case .parameter:
      guard case .tensor? = arguments.first else { throw failure("a tensor", "another value") }
      stack.append(arguments[0])
    }
  }

  /// (storage, offset, shape, strides, ...).
  private func view(_ arguments: [Value]) throws(Failure) -> View {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1]
    else { throw failure("a tensor's storage and offset", "other values") }
    return View(
      storage: storage, offset: offset, shape: try sizes(arguments[2]),
      strides: try sizes(arguments[3]))
  }

  private func sizes(_ value: Value) throws(Failure) -> [Int] {
    // Every view holds its sizes, so a long tuple that many views share would multiply.
    guard case .tuple(let number) = value, elements[number].count <= 16 else {
      throw failure("the sizes of at most 16 axes", "another value")
    }
    var sizes: [Int] = []
    for element in elements[number] {
      guard case .integer(let size) = element else { throw failure("a size", "another value") }
      sizes.append(size)
    }
    return sizes
  }

  // MARK: Stack

  private mutating func push(_ value: Value, holding held: [Value]) {
    elements.append(held)
    stack.append(value)
  }

  private func top() throws(Failure) -> Value {
    guard stack.count > marks.last ?? 0 else { throw failure("a value", "an empty stack") }
    return stack[stack.count - 1]
  }

  private mutating func pop() throws(Failure) -> Value { try pop(1)[0] }

  private mutating func pop(_ count: Int) throws(Failure) -> [Value] {
    guard stack.count - count >= marks.last ?? 0 else {
      throw failure("\(count) values", "fewer on the stack")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(Failure) -> [Value] {
    guard let mark = marks.popLast() else { throw failure("a mark", "none") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private func remembered(_ number: Int) throws(Failure) -> Value {
    guard let value = memo[number] else { throw failure("value \(number)", "none") }
    return value
  }

  private func taken<Part>(_ part: Part?) throws(Failure) -> Part {
    guard let part else { throw failure("a whole instruction", "the end or broken text") }
    return part
  }

  private func failure(_ expected: String, _ found: String) -> Failure {
    Failure(offset: offset, expected: expected, found: found)
  }
}
