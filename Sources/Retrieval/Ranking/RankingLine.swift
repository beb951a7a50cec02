extension Ranking {
  /// The ranking's record in a run of the format `jsonl`, without the line's end.
  package var line: String { dpr.line }
}
