// swift-tools-version: 6.2
import PackageDescription

/// Pointers live in `Native` alone: anywhere else an unsafe expression is an error.
let safe: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  .strictMemorySafety(),
  .treatWarning("StrictMemorySafety", as: .error),
]

let package = Package(
  name: "firn",
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-pthread-dev"])]),
    .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(
      name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-ffp-contract=fast", "-fno-math-errno"])]),
    .target(
      name: "Native", dependencies: ["CBLAS", "CKernels", "CStemmer", "CZlib", "CCrypto", "CCurl"],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "Tensors", dependencies: ["Native"], swiftSettings: safe),
    .target(name: "Models", dependencies: ["Tensors", "Native"], swiftSettings: safe),
    .target(
      name: "Retrieval",
      dependencies: ["Models", "Tensors", "Native", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: safe),
    .target(
      name: "Reading", dependencies: ["Retrieval", "Models", "Tensors", "Native"],
      swiftSettings: safe),
    .target(
      name: "Tuning", dependencies: ["Reading", "Retrieval", "Models", "Tensors", "Native"],
      swiftSettings: safe),
    .target(name: "Evaluation", swiftSettings: safe),
    .executableTarget(
      name: "firn",
      dependencies: [
        "Evaluation", "Tuning", "Reading", "Retrieval", "Models", "Tensors", "Native", "Yams",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: ["page.html", "page.css", "charts.js", "data.js", "question.js", "explorer.js"]
        .map { .embedInCode("Report/Page/\($0)") },
      swiftSettings: safe),
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "Tuning", "Retrieval", "Models", "Tensors", "Native",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["peers"], swiftSettings: safe),
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "NativeTests", dependencies: ["Native"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "Native"]),
    .testTarget(
      name: "ModelsTests", dependencies: ["Models", "Tensors", "Native", "TestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "RetrievalTests",
      dependencies: [
        "Retrieval", "Models", "Tensors", "Native",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "ReadingTests",
      dependencies: ["Reading", "Retrieval", "Models", "Tensors", "TestSupport"]),
    .testTarget(
      name: "TuningTests", dependencies: ["Tuning", "Reading", "Retrieval", "Models", "Tensors"]),
    .testTarget(name: "BenchmarksTests", dependencies: ["Benchmarks", "Models"]),
    .testTarget(name: "EvaluationTests", dependencies: ["Evaluation"], exclude: ["Fixtures"]),
    .testTarget(
      name: "firnTests", dependencies: ["Evaluation", "TestSupport"], exclude: ["serve_llama.py"]),
  ]
)
