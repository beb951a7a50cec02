import Foundation

/// A small folder as `firn experiment` writes it, with texts that would like to be markup.
struct ReportedExperiment {
  static let questions = [
    (id: "a\"<b>", text: "</script><img src=x onerror=alert(1)> who?", answers: ["homer"]),
    (id: "b", text: "which \u{202E}town\u{2028} <!-- is 'it' & why", answers: ["Ilium"]),
  ]
  private static let passages = [
    ["id": "p1", "title": "<b>Odyssey</b>", "text": "🦉 </b>: by Homer \u{2028} of <Chios>"],
    ["id": "p2", "title": "", "text": "Ilium, also called Troy"],
    ["id": "p3", "title": "Aeneid", "text": "by Virgil"],
  ]

  let place: Workplace
  var folder: URL { place.folder.appending(path: "results") }

  init() throws {
    place = try Workplace()
    for name in ["runs", "predictions", "questions"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    try write("questions/test.jsonl", Self.questions.map(Self.question))
    try write("runs/bm25.jsonl", Self.questions.map(Self.ranking))
    try write(
      "predictions/a.jsonl",
      [
        Self.prediction(0, "Homer \u{2028}", 0.9, packed: 1, evidence: ("p1", 11, 16)),
        Self.prediction(1, "Troy", 0.2, packed: 1, evidence: nil),
      ])
    try write(
      "predictions/b.jsonl",
      [
        Self.prediction(0, "x", 0.5, packed: 2, evidence: nil),
        Self.prediction(1, "", 0.1, packed: 2, evidence: nil),
      ])
    try write("results.json", [Self.results])
  }

  func report() throws -> Workplace.Result {
    try place.run("report", "results", "--output", "page.html", "--top", "2", "--quiet")
  }

  func page() throws -> String {
    _ = try report()
    let page = try place.read("page.html")
    try FileManager.default.removeItem(at: place.folder.appending(path: "page.html"))
    return page
  }

  private func write(_ name: String, _ records: [[String: Any]]) throws {
    let lines = try records.map {
      String(
        decoding: try JSONSerialization.data(withJSONObject: $0, options: .sortedKeys),
        as: UTF8.self)
    }
    try place.write("results/\(name)", lines)
  }

  private typealias Asked = (id: String, text: String, answers: [String])

  private static func question(_ question: Asked) -> [String: Any] {
    ["id": question.id, "question": question.text, "answer": question.answers]
  }

  private static func ranking(_ question: Asked) -> [String: Any] {
    let contexts = passages.enumerated().map { index, passage in
      passage.merging(["score": "\(3 - index)"]) { $1 } as [String: Any]
    }
    return [
      "id": question.id, "question": question.text, "answers": question.answers, "ctxs": contexts,
    ]
  }

  private static func prediction(
    _ index: Int, _ text: String, _ confidence: Double, packed: Int,
    evidence: (id: String, start: Int, end: Int)?
  ) -> [String: Any] {
    let sources = passages.enumerated().map { rank, passage in
      [
        "id": passage["id"] ?? "", "title": "", "rank": rank + 1, "score": 3 - rank,
        "packed": rank < packed, "has_answer": rank == index,
      ] as [String: Any]
    }
    let place = evidence.map { ["id": $0.id, "start": $0.start, "end": $0.end] as [String: Any] }
    return [
      "id": questions[index].id, "question": questions[index].text, "prediction": text,
      "confidence": confidence, "passages": sources, "evidence": place ?? NSNull(),
    ]
  }

  private static var results: [String: Any] {
    [
      "version": 1, "name": "<script>alert(\"name\")</script>", "tool": ["version": "0.1.0"],
      "machine": ["cpu": "<i>", "cores": 4, "memory_bytes": 1 << 34, "os": "Debian"],
      "command": "firn experiment 'x.yaml'",
      "inputs": [["role": "experiment", "path": "x.yaml", "sha256": "ab"]],
      "questions": [["name": "test", "path": "questions/test.jsonl", "count": 2]],
      "cells": [
        cell(
          "a", rerank: 0,
          [
            "em": (0.5, 0, 1), "f1": (0.625, 0.25, 1), "reader_recall": (0.5, 0, 1),
            "ece": (0.35, 0.0125, 0.875),
          ]),
        cell(
          "b", rerank: 20,
          [
            "em": (0, 0, 0.25), "f1": (0.0625, 0, 0.3), "reader_recall": (1, 1, 1),
            "ece": (0.1, 0.05, 0.2),
          ]),
      ],
    ]
  }

  private typealias Figure = (value: Double, low: Double, high: Double)

  private static func cell(
    _ name: String, rerank: Int, _ metrics: [String: Figure]
  ) -> [String: Any] {
    func estimate(_ figure: Figure) -> [String: Double] {
      ["value": figure.value, "low": figure.low, "high": figure.high]
    }
    let recall = estimate((1, 0.5, 1)).merging(["k": 20]) { $1 }
    return [
      "name": "test.\(name)", "questions": "test", "retriever": "bm25 <u>", "rerank": rerank,
      "context_tokens": 512, "passages": 100, "reader": "minilm", "modules": ["r.safetensors"],
      "seed": 1, "command": "firn answer", "run": "runs/bm25.jsonl",
      "predictions": "predictions/\(name).jsonl", "metrics": metrics.mapValues(estimate),
      "recall": [recall],
    ]
  }
}

/// Chromium without a window.
enum Browser {
  private static let path = "/usr/bin/chromium"
  static let isInstalled = FileManager.default.isExecutableFile(atPath: path)

  /// The page as it is once its scripts have unpacked and shown what they show at first.
  static func dom(of page: String, in place: Workplace) throws -> String {
    let url = place.folder.appending(path: page).absoluteString
    let profile = place.folder.appending(path: "profile").path
    return try place.run(
      "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(profile)",
      "--virtual-time-budget=10000", "--dump-dom", url, program: path
    ).output
  }
}
