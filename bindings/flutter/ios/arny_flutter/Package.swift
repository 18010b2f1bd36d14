// swift-tools-version:5.9
import Foundation
import PackageDescription

// Flutter links a plugin into its own folders: the package beside it in the repository is found from where this file
// really is.
let here = URL(fileURLWithPath: Context.packageDirectory).resolvingSymlinksInPath()
let arny = here.appendingPathComponent("../../../swift").standardizedFileURL.path

let package = Package(
    name: "arny_flutter",
    platforms: [.iOS("16.0")],
    products: [.library(name: "arny-flutter", targets: ["arny_flutter"])],
    dependencies: [.package(name: "Arny", path: arny)],
    targets: [
        .target(
            name: "arny_flutter",
            dependencies: [.product(name: "Arny", package: "Arny")],
            resources: [.process("PrivacyInfo.xcprivacy")])
    ])
