#!/bin/sh
# What CocoaPods needs inside the plugin's own folder: Arny's Swift sources, and CArny.xcframework, which
# scripts/phones.sh ios makes on a Mac.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
swift=$here/../swift
framework=${1:-$swift/CArny.xcframework}
if [ ! -d "$framework" ]; then
    echo "vendor.sh: $framework is missing: scripts/phones.sh ios makes it, on a Mac" >&2
    exit 1
fi
rm -rf "$here/ios/vendor"
mkdir -p "$here/ios/vendor"
cp -R "$swift/Sources/Arny" "$here/ios/vendor/Arny"
cp -R "$framework" "$here/ios/vendor/CArny.xcframework"
