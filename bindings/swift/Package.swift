// swift-tools-version:6.0
import Foundation
import PackageDescription

// The C library: CArny.xcframework where one lies beside this file (README.md says how it is made), else the library
// that is installed, found by pkg-config.
let framework = "CArny.xcframework"
let bundled = FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(framework)")

let package = Package(
    name: "Arny",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "Arny", targets: ["Arny"]),
        .executable(name: "arny-example", targets: ["ArnyExample"]),
    ],
    targets: [
        bundled ? .binaryTarget(name: "CArny", path: framework) : .systemLibrary(name: "CArny", pkgConfig: "arny"),
        .target(
            name: "Arny",
            dependencies: ["CArny"],
            // What a static library needs beside itself; a shared one names it on its own.
            linkerSettings: [
                .linkedLibrary("c++", .when(platforms: [.iOS, .macOS])),
                .linkedFramework("Accelerate", .when(platforms: [.iOS, .macOS])),
            ]),
        .executableTarget(name: "ArnyExample", dependencies: ["Arny"]),
        .testTarget(name: "ArnyTests", dependencies: ["Arny", "CArny"]),
    ])
