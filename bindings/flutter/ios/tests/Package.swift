// swift-tools-version:5.9
// Tests of the channel where there is no Xcode: ../../run-tests.sh lays out a folder with this file, the plugin's
// sources, and stubs of Flutter and UIKit.
import PackageDescription

let package = Package(
    name: "arny_flutter_tests",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "Arny", path: "../swift")],
    targets: [
        .target(name: "Flutter"),
        .target(name: "UIKit"),
        .target(name: "arny_flutter", dependencies: [.product(name: "Arny", package: "Arny"), "Flutter", "UIKit"],
                exclude: ["PrivacyInfo.xcprivacy"]),
        .testTarget(name: "ArnyFlutterTests", dependencies: ["arny_flutter"]),
    ])
