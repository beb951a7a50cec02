import ArgumentParser
import Native
import Tensors

/// The packed kernel against OpenBLAS on the products of MiniLM's layers, in turn.
struct MatMul: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matmul", abstract: "Times matrix products: the packed kernel and OpenBLAS.")

  @OptionGroup var report: ReportOptions

  private struct Shape {
    let name: String
    let outputs, inputs: Int
    var gelu = false
  }

  private static let tokens = 512
  private static let shapes = [
    Shape(name: "attention 512x384x384", outputs: 384, inputs: 384),
    Shape(name: "up 512x1536x384", outputs: 1536, inputs: 384),
    Shape(name: "up+GELU 512x1536x384", outputs: 1536, inputs: 384, gelu: true),
    Shape(name: "down 512x384x1536", outputs: 384, inputs: 1536),
  ]

  func run() throws {
    report.begin()
    for shape in Self.shapes { try time(shape) }
  }

  private func time(_ shape: Shape) throws {
    var random = SystemRandomNumberGenerator()
    func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in .random(in: -1...1, using: &random) }
    }
    let weights = floats(shape.outputs * shape.inputs)
    let x = floats(Self.tokens * shape.inputs)
    let packed = PackedMatrix(
      MatrixView(weights.span, rows: shape.outputs, columns: shape.inputs))
    var y = [Float](repeating: 0, count: Self.tokens * shape.outputs)
    var own: [Double] = []
    var blas: [Double] = []
    for round in 0..<23 {
      let mine = Seconds.of {
        y = packed.multiply(
          x, rows: Self.tokens, bias: nil, shape.gelu ? .gelu : .identity, over: .callingOne)
      }
      let theirs = Seconds.of {
        BLAS.multiply(
          MatrixView(x.span, rows: Self.tokens, columns: shape.inputs),
          MatrixView(weights.span, rows: shape.outputs, columns: shape.inputs),
          transposingB: true, into: &y)
      }
      // The first rounds warm up.
      if round < 3 { continue }
      own.append(mine.cpu)
      blas.append(theirs.cpu)
    }
    let work = 2e-9 * Double(Self.tokens * shape.outputs * shape.inputs)
    try report.write(
      "matmul", shape.name,
      [
        "GFLOP/s": work / median(own), "OpenBLAS GFLOP/s": work / median(blas),
        "ratio": median(blas) / median(own),
      ])
  }
}
