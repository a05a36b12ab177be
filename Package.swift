// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "swift-mtl",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "mtl", targets: ["MTLCommand"]),
    .library(name: "MTL", targets: ["MTL"]),
    .library(name: "TaskAffinity", targets: ["TaskAffinity"]),
    .library(name: "Experiments", targets: ["Experiments"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .target(name: "CKernels"),
    .target(name: "CPlugin"),
    .target(name: "CProcess"),
    .target(
      name: "MTL",
      dependencies: [
        "CHDF5", "CKernels", "COpenBLAS", "CPlugin", "CProcess",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Mustache", package: "swift-mustache"),
        "Yams",
      ]),
    .target(name: "TaskAffinity", dependencies: ["COpenBLAS"]),
    .target(
      name: "Experiments", dependencies: ["MTL", "TaskAffinity", "Yams"],
      resources: [.embedInCode("Export/Report/Page")]),
    .executableTarget(
      name: "MTLCommand",
      dependencies: [
        "Experiments", "MTL", "TaskAffinity",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(name: "QuickstartData"),
    .executableTarget(name: "QuickstartTasks", dependencies: ["QuickstartData"]),
    .executableTarget(name: "SwiftTaskExample", dependencies: ["MTL"], path: "Examples/SwiftTask"),
    .testTarget(
      name: "MTLTests", dependencies: ["CKernels", "MTL", "SwiftTaskExample"], resources: [.copy("Fixtures")]),
    .testTarget(name: "TaskAffinityTests", dependencies: ["TaskAffinity"], resources: [.copy("Fixtures")]),
    .testTarget(name: "ExperimentsTests", dependencies: ["Experiments"], resources: [.copy("Fixtures")]),
    .testTarget(name: "MTLCommandTests", dependencies: ["MTLCommand"]),
    .testTarget(name: "QuickstartTasksTests", dependencies: ["QuickstartData"]),
  ]
)
