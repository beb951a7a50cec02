import Models
import Reading
import Tensors

/// The mean cross-entropy of start and end over windows; a window without the answer points at
/// `[CLS]`.
///
///     loss = Σ_windows ½ (−log p(start) − log p(end)) · scale
///
/// - Shapes: logits `[tokens, 2]`.
/// - Source: Devlin et al. 2019, arXiv:1810.04805, sections 4.2 and 4.3.
func spanLoss(
  _ logits: Tensor, _ batch: RaggedBatch, _ windows: [TrainingWindow], scale: Float
) -> (value: Float, gradient: Tensor) {
  var value: Float = 0
  var gradient = Tensor(rows: logits.rows, width: 2)
  for (index, window) in windows.enumerated() {
    let range = batch.range(index)
    let ends = [window.answer?.lowerBound ?? 0, (window.answer?.upperBound ?? 1) - 1]
    for (column, target) in ends.enumerated() {
      let x = window.window.mask(range.map { logits[$0, column] })
      value += 0.5 * scale * marginalCrossEntropy(x, targets: [target])
      let dx = marginalCrossEntropyBackward(x, targets: [target], scale: 0.5 * scale)
      for (offset, d) in dx.enumerated() { gradient[range.lowerBound + offset, column] = d }
    }
  }
  return (value, gradient)
}
