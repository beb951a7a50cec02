import Foundation

/// The two constants of BM25.
package struct BM25Parameters: Equatable, Sendable {
  /// How fast repetitions of a term stop counting.
  package var k1: Double
  /// How much longer passages are held back: 0 not at all, 1 in full proportion.
  package var b: Double

  package init(k1: Double = 0.9, b: Double = 0.4) {
    self.k1 = k1
    self.b = b
  }
}

/// BM25 as Lucene has computed it since version 8, over exact lengths.
///
///     score = Σ n · idf · saturation        over the query's distinct terms, n times in the query
///     idf = ln(1 + (N − df + ½) / (df + ½))
///     saturation = tf / (tf + k1 (1 − b + b · length / average length))
///
/// Lucene rounds lengths to one byte, so its scores differ in the third or fourth digit. The sum is
/// taken in `Double`, terms in descending order of n · idf (ties by the term's bytes), and rounded
/// to `Float` once: scores do not depend on what the search could skip.
///
/// - Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework", section 3;
///   Kamphuis et al. 2020, "Which BM25 do you mean?", for Lucene's variant.
package struct BM25: Equatable, Sendable {
  package let parameters: BM25Parameters
  /// Passages in the index.
  package let count: Int
  /// Terms per passage.
  package let averageLength: Double

  package init(parameters: BM25Parameters, count: Int, averageLength: Double) {
    self.parameters = parameters
    self.count = count
    self.averageLength = averageLength
  }

  package func idf(documentFrequency: Int) -> Double {
    let frequency = Double(documentFrequency)
    return log(1 + (Double(count) - frequency + 0.5) / (frequency + 0.5))
  }

  /// - Requires: a positive `termFrequency`, so that the average length is positive too.
  package func saturation(termFrequency: UInt32, length: UInt32) -> Double {
    let frequency = Double(termFrequency)
    let norm = 1 - parameters.b + parameters.b * Double(length) / averageLength
    return frequency / (frequency + parameters.k1 * norm)
  }
}
