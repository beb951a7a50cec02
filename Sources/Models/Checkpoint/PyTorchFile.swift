import Native

/// The tensors of one file that `torch.save` wrote: a zip archive of raw storages and of a pickle
/// that says which tensor is which part of them.
///
/// Nothing in the file is ever run, see `TensorPickle`.
package struct PyTorchFile: TensorFile {
  package let path: String
  package let file: MappedFile
  package let tensors: [String: StoredTensor]

  /// Opens a file and checks its directory, its pickle and every tensor's place.
  /// - Throws: `FileError` when it cannot be opened, `CheckpointError` when it is cut off, lies
  ///   about sizes or holds anything but a dictionary of tensors.
  package init(path: String) throws {
    let file = try MappedFile(path: path)
    self.path = path
    self.file = file
    try Self.requireZip(file)
    let records = try ZipArchive(file).records
    let pickles = records.keys.filter { $0.hasSuffix("/data.pkl") }
    guard pickles.count == 1, let pickle = records[pickles[0]], pickle.count <= 1 << 24 else {
      throw CheckpointError(
        file: path, expected: "one record data.pkl of at most 16 MiB",
        found: "\(pickles.count) records of that name")
    }
    let root = pickles[0].dropLast("data.pkl".count)
    if let order = records[root + "byteorder"], file.copyBytes(order) != Array("little".utf8) {
      throw CheckpointError(file: path, expected: "little-endian numbers", found: "other ones")
    }
    var tensors: [String: StoredTensor] = [:]
    for (name, view) in try Self.views(file.copyBytes(pickle), path) {
      tensors[name] = try Self.tensor(
        name, view, in: records["\(root)data/\(view.storage.key)"], path)
    }
    self.tensors = tensors
  }

  private static func views(
    _ pickle: [UInt8], _ path: String
  ) throws(CheckpointError) -> [String: TensorPickle.View] {
    do {
      return try TensorPickle.tensors(pickle)
    } catch {
      throw CheckpointError(
        file: path, expected: "\(error.expected) at byte \(error.offset) of data.pkl",
        found: error.found, hint: "only tensors are read, nothing is run")
    }
  }

  private static func requireZip(_ file: MappedFile) throws(CheckpointError) {
    let start = file.copyBytes(0..<min(file.count, 4))
    if start == [0x50, 0x4B, 0x03, 0x04] { return }
    let isLegacy = start.count == 4 && start[0] == 0x80 && start[2] == 0x8A
    throw CheckpointError(
      file: file.path, expected: "a zip archive, as torch.save writes",
      found: isLegacy
        ? "the form from before PyTorch 1.6" : "\(file.count) bytes of something else",
      hint: isLegacy ? "save it anew as safetensors" : "fetch it again")
  }

  /// - Parameter record: the storage's bytes.
  private static func tensor(
    _ name: String, _ view: TensorPickle.View, in record: Range<Int>?, _ path: String
  ) throws(CheckpointError) -> StoredTensor {
    func wrong(_ expected: String, _ found: String) -> CheckpointError {
      CheckpointError(file: path, tensor: name, expected: expected, found: found)
    }
    let storage = view.storage
    guard let record, let width = StoredTensor.widths[storage.format],
      storage.count <= record.count / width
    else {
      throw wrong(
        "\(storage.count) numbers in storage \(storage.key)", "\(record?.count ?? 0) bytes")
    }
    guard let extent = extent(of: view), let end = sum(view.offset, extent), view.offset >= 0,
      end <= storage.count
    else {
      throw wrong(
        "a tensor inside a storage of \(storage.count) numbers",
        "shape \(view.shape) from \(view.offset) on in steps of \(view.strides)")
    }
    let start = record.lowerBound + view.offset * width
    return StoredTensor(
      format: storage.format, shape: view.shape, range: start..<start + extent * width,
      strides: extent == 0 || view.strides == rowMajor(view) ? nil : view.strides)
  }

  /// Numbers from a view's first to its last, both included; nil when its sizes are impossible or
  /// when it has more numbers than places.
  private static func extent(of view: TensorPickle.View) -> Int? {
    guard view.shape.count == view.strides.count, view.shape.allSatisfy({ $0 >= 0 }),
      view.strides.allSatisfy({ $0 >= 0 })
    else { return nil }
    if view.shape.contains(0) { return 0 }
    var extent = 1
    var count = 1
    for (size, stride) in zip(view.shape, view.strides) {
      let (reach, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
      let (product, tooMany) = count.multipliedReportingOverflow(by: size)
      guard !tooFar, !tooMany, let next = sum(extent, reach) else { return nil }
      (extent, count) = (next, product)
    }
    return count <= extent ? extent : nil
  }

  private static func sum(_ a: Int, _ b: Int) -> Int? {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? nil : sum
  }

  /// The strides of a row-major tensor, with those of axes of size 1, which are never stepped
  /// along, as the view has them. No product overflows: the view was found to fit its storage.
  private static func rowMajor(_ view: TensorPickle.View) -> [Int] {
    var strides = view.strides
    var step = 1
    for axis in view.shape.indices.reversed() where view.shape[axis] != 1 {
      strides[axis] = step
      step *= view.shape[axis]
    }
    return strides
  }
}
