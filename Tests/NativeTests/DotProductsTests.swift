import Native
import Testing

struct DotProductsTests {
  /// [1 2 3; 4 5 6] · [1 0 −1] = [−2 −2]; [1 2 3; 4 5 6] · [1 1 1] = [6 15].
  @Test func rowsAreMultipliedOneByOne() {
    let matrix: [Float] = [1, 2, 3, 4, 5, 6]
    var out: [Float] = [0, 0]
    DotProducts.rows(of: matrix.span, times: [1, 0, -1], into: &out)
    #expect(out == [-2, -2])
    DotProducts.rows(of: matrix.span, times: [1, 1, 1], into: &out)
    #expect(out == [6, 15])
  }
}
