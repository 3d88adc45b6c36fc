// swift-tools-version: 6.3
import PackageDescription

/// Swift 6 mode, strict memory safety and no warnings, in every target but the tests
/// (`#expect` and strict memory safety quarrel over spans).
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The functions of shared libraries are looked up when the program starts, not at their first calls: the dynamic linker saves
/// the vector registers on the stack for each of those, and with them the end of whatever was copied last, a password too.
let boundAtStart: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]

let package = Package(
  name: "redirect-edge",
  products: [
    .executable(name: "rdadmin", targets: ["Indexer"]),
    .executable(name: "redirect-edge", targets: ["RedirectEdge"]),
    .library(name: "Shared", targets: ["Shared", "MapFile"]),
    .library(name: "table", type: .dynamic, targets: ["TablePlugin"]),
    .library(name: "department", type: .dynamic, targets: ["DepartmentPlugin"]),
  ],
  dependencies: [
    // Verbs, flags, --help and exit codes of both programs.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // The log interface that every Swift server library speaks.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    // HTTP of the admin port.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    // Start order, signals and graceful shutdown of the control plane.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C libraries, as Debian's -dev packages.
    .systemLibrary(
      name: "CLMDB", path: "Sources/Shared/CLMDB", pkgConfig: "lmdb",
      providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(
      name: "COpenSSL", path: "Sources/Shared/COpenSSL", pkgConfig: "openssl",
      providers: [.apt(["libssl-dev"])]),
    // Stringprep as Prosody and ejabberd apply it (RFC 3920 nodeprep, nameprep).
    .systemLibrary(
      name: "CIDN", path: "Sources/Shared/CIDN", pkgConfig: "libidn",
      providers: [.apt(["libidn-dev"])]),
    // Unicode NFC and case mapping for the precis profile (RFC 8264, 8265).
    .systemLibrary(
      name: "CUnistring", path: "Sources/Shared/CUnistring",
      providers: [.apt(["libunistring-dev"])]),
    // Streaming XML for XEP-0227 rosters.
    .systemLibrary(
      name: "CExpat", path: "Sources/Indexer/CExpat", pkgConfig: "expat",
      providers: [.apt(["libexpat1-dev"])]),
    // epoll, accept4 and what else Swift's Glibc module lacks.
    .systemLibrary(name: "CLinux", path: "Sources/Shared/CLinux"),
    // What a plug-in and the edge know of each other; the header is its documentation.
    .systemLibrary(name: "CPlugin", path: "Sources/RedirectEdge/CPlugin"),

    // What both programs mean by a user, a partition, a node, a configuration. Pure.
    .target(
      name: "Shared", dependencies: ["CIDN", "CUnistring"], path: "Sources/Shared/Values",
      swiftSettings: strict),
    // The map on disk: LMDB, the trailer, publishing. Performs.
    .target(
      name: "MapFile", dependencies: ["Shared", "CLMDB", "COpenSSL", "CLinux"],
      path: "Sources/Shared/MapFile", swiftSettings: strict),
    // What edges say to each other, and whom an edge asks. Pure.
    .target(
      name: "PeerProtocol", dependencies: ["Shared"], path: "Sources/Shared/PeerProtocol",
      swiftSettings: strict),

    // Bytes of rosters in, contacts out. Pure.
    .target(
      name: "Rosters", dependencies: ["Shared", "CExpat"], path: "Sources/Indexer/Rosters",
      swiftSettings: strict),
    // What administrators ask for, in the users' numbers. Pure.
    .target(
      name: "Constraints", dependencies: ["Shared", "Rosters", "Partitioning"],
      path: "Sources/Indexer/Constraints", swiftSettings: strict),
    // Graph in, partitions out. Pure.
    .target(
      name: "Partitioning", path: "Sources/Indexer/Partitioning", swiftSettings: strict),
    // `rdadmin`: one file per verb.
    .executableTarget(
      name: "Indexer",
      dependencies: [
        "Shared", "MapFile", "PeerProtocol", "Rosters", "Partitioning", "Constraints", "COpenSSL",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Indexer/Verbs", swiftSettings: strict),

    // What is said to a client, and when. Pure.
    .target(
      name: "Conversation", dependencies: ["Shared"], path: "Sources/RedirectEdge/Conversation",
      swiftSettings: strict),
    // From a user to a node to a target. Pure.
    .target(
      name: "Routing", dependencies: ["Shared"], path: "Sources/RedirectEdge/Routing",
      swiftSettings: strict),
    // `redirect-edge`: workers (data plane), control plane, `main`.
    .executableTarget(
      name: "RedirectEdge",
      dependencies: [
        "Shared", "MapFile", "PeerProtocol", "Conversation", "Routing", "CLinux", "CPlugin",
        "COpenSSL", "CIDN",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      path: "Sources/RedirectEdge/Edge", swiftSettings: strict, linkerSettings: boundAtStart),

    // Plug-ins to begin your own with.
    .target(
      name: "TablePlugin", dependencies: ["CPlugin"], path: "Sources/RedirectEdge/PluginExamples/c",
      publicHeadersPath: ".", cSettings: [.headerSearchPath("../../CPlugin")]),
    .target(
      name: "DepartmentPlugin", dependencies: ["CPlugin"],
      path: "Sources/RedirectEdge/PluginExamples/swift", swiftSettings: strict),

    // The partitioner alone, on a graph in memory: what `scripts/measure partition` runs beside its peers.
    .executableTarget(name: "Cut", dependencies: ["Partitioning"], path: "Tests/Benchmarks/Cut"),

    // Random numbers that are the same in each run, for all tests.
    .target(name: "SeededNumbers", path: "Tests/SeededNumbers", swiftSettings: strict),
    .testTarget(name: "SharedTests", dependencies: ["SeededNumbers", "Shared"]),
    .testTarget(
      name: "PeerProtocolTests",
      dependencies: ["SeededNumbers", "PeerProtocol", "MapFile", "Shared"]),
    .testTarget(name: "MapFileTests", dependencies: ["SeededNumbers", "MapFile", "Shared"]),
    .testTarget(
      name: "RostersTests", dependencies: ["SeededNumbers", "Rosters", "Shared"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ConstraintsTests", dependencies: ["Constraints", "Partitioning", "Rosters", "Shared"]),
    .testTarget(name: "PartitioningTests", dependencies: ["SeededNumbers", "Partitioning"]),
    .testTarget(
      name: "ConversationTests",
      dependencies: ["SeededNumbers", "Conversation", "Shared", "CExpat"]),
    .testTarget(name: "RedirectEdgeTests", dependencies: ["RedirectEdge", "Routing", "Shared"]),
    .testTarget(name: "RoutingTests", dependencies: ["SeededNumbers", "Routing", "Shared"]),
  ],
  swiftLanguageModes: [.v6]
)
