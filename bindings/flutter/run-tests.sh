#!/usr/bin/env bash
# Tests of the package without a Flutter SDK: its Dart against stubs of Flutter, its channels in Kotlin and Swift
# against the library. The last line is "N passed, M failed".
#
#     ARNY_BUILD_DIR    where libarny.so is; default: build in the repository
#     ARNY_LIBRARY32    the library for a Dart VM of 32 bits; default: build/i686-linux/libarny.so
#     DART              the Dart VM; default: that of ~/.cache/arny, else dart
#     run-tests.sh [dart] [kotlin] [swift]: these alone
set -uo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
repository="$(cd "$here/../.." && pwd)"
build="$(cd "${ARNY_BUILD_DIR:-$repository/build}" && pwd)"
library32="${ARNY_LIBRARY32:-$repository/build/i686-linux/libarny.so}"
cache="${ARNY_CACHE:-$HOME/.cache/arny}"
out="$repository/build/flutter"
root="$cache/swift-trixie"
wanted="${*:-dart kotlin swift}"
passed=0
failed=0
mkdir -p "$out"

count() { # of "N passed, M failed" in a file
    local line
    line=$(grep -oE '[0-9]+ passed, [0-9]+ failed$' "$1" | tail -1)
    [ -n "$line" ] || line="0 passed, 1 failed"
    passed=$((passed + ${line%% *}))
    line=${line#*, }
    failed=$((failed + ${line%% *}))
}

test_dart() {
    local dart="${DART:-}"
    if [ -z "$dart" ]; then
        dart=$(find "$cache" -maxdepth 2 -path '*/dart-*/dart' 2>/dev/null | sort | tail -1)
        dart="${dart:-dart}"
    fi
    python3 - "$here" "$out/package_config.json" <<'PYTHON'
import json, pathlib, sys
here, out = map(pathlib.Path, sys.argv[1:])
places = {"arny": here.parent / "dart", "arny_flutter": here, "arny_flutter_example": here / "example",
          "flutter": here / "test/stubs/flutter"}
packages = [{"name": name, "rootUri": place.as_uri() + "/", "packageUri": "lib/", "languageVersion": "3.4"}
            for name, place in places.items()]
out.write_text(json.dumps({"configVersion": 2, "packages": packages}))
PYTHON
    ARNY_LIBRARY="$library32" timeout 600 "$dart" --packages="$out/package_config.json" "$here/test/all.dart" 2>&1 |
        tee "$out/dart.log"
    count "$out/dart.log"
}

maven() {
    local offline=()
    [ -d "$HOME/.m2/repository/org/robolectric/android-all" ] && offline=(-o)
    timeout 900 mvn -q -B -Dstyle.color=never "${offline[@]}" "$@"
}

test_kotlin() {
    JAVA_HOME=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
    export JAVA_HOME
    rm -rf "$out/android/surefire-reports"
    {
        cmake -S "$here/../kotlin" -B "$out/jni" -DARNY_LIBRARY="$build/libarny.so" >"$out/cmake.log" &&
            cmake --build "$out/jni" >>"$out/cmake.log" &&
            (cd "$here/../kotlin" && maven -Darny.target="$out/kotlin" compile) &&
            jar cf "$out/arny.jar" -C "$out/kotlin/classes" . &&
            (cd "$here/android" &&
                maven -Darny.target="$out/android" -Darny.jar="$out/arny.jar" -Darny.jni="$out/jni" test)
    } 2>&1 | tee "$out/kotlin.log"
    local status=$?
    python3 - "$out/android/surefire-reports" "$status" <<'PYTHON' | tee -a "$out/kotlin.log"
import pathlib, sys, xml.etree.ElementTree as tree
suites = [tree.parse(f).getroot() for f in pathlib.Path(sys.argv[1]).glob("*.xml")]
total = sum(int(s.get("tests")) - int(s.get("skipped")) for s in suites)
bad = sum(int(s.get("errors")) + int(s.get("failures")) for s in suites)
if bad == 0 and sys.argv[2] != "0":
    bad, total = 1, total + 1  # it did not even compile
print(f"{total - bad} passed, {bad} failed")
PYTHON
    count "$out/kotlin.log"
}

# In a folder of its own in the root that bindings/swift/run-tests.sh makes: what it builds is not built anew here.
test_swift() {
    local lay="$root/arny-flutter" sources="$root/arny-flutter/bindings/flutter" library
    if [ ! -d "$root" ] || [ "$(id -u)" != 0 ]; then
        echo "Swift's tests were left out: bindings/swift/run-tests.sh, as root, makes the root that they want"
        return
    fi
    rm -rf "$lay/prefix" "$sources/Sources" "$sources/Tests" "$lay/bindings/swift/Sources"
    mkdir -p "$lay/prefix/lib/pkgconfig" "$lay/bindings/swift" "$sources/Sources" "$sources/Tests"
    cp -a "$repository/include" "$lay/prefix/include"
    cp -a "$build"/libarny.so* "$lay/prefix/lib/"
    cp "$build/arny.pc" "$lay/prefix/lib/pkgconfig/"
    ldd "$build/libarny.so" | awk '$3 ~ /^\// && $3 !~ /^\/(usr\/)?lib/ { print $3 }' | while read -r library; do
        cp "$library" "$lay/prefix/lib/"
    done
    cp -a "$here/../swift/Package.swift" "$here/../swift/Sources" "$lay/bindings/swift/"
    mkdir -p "$lay/bindings/swift/Tests"
    cp -a "$here/../swift/Tests/ArnyTests" "$lay/bindings/swift/Tests/"
    cp -a "$here/ios/tests/Package.swift" "$sources/"
    cp -a "$here/ios/tests/Stubs/Flutter" "$here/ios/tests/Stubs/UIKit" "$sources/Sources/"
    cp -a "$here/ios/arny_flutter/Sources/arny_flutter" "$sources/Sources/"
    cp -a "$here/ios/tests/Stubs/Phone/Phone.swift" "$sources/Sources/arny_flutter/"
    cp -a "$here/ios/tests/ArnyFlutterTests" "$sources/Tests/"
    # shellcheck disable=SC2016
    timeout 1500 unshare --mount sh -c 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" &&
        exec chroot "$0" env -i HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 LD_LIBRARY_PATH=/arny-flutter/prefix/lib \
            PKG_CONFIG_PATH=/arny-flutter/prefix/lib/pkgconfig \
            sh -c "cd /arny-flutter/bindings/flutter && exec swift test --disable-swift-testing"' "$root" 2>&1 |
        tee "$out/swift.log"
    local status=$? good bad
    good=$(grep -c "^Test Case '.*' passed" "$out/swift.log")
    bad=$(grep -c "^Test Case '.*' failed" "$out/swift.log")
    [ "$status" != 0 ] && [ "$bad" = 0 ] && bad=1
    echo "$good passed, $bad failed" | tee -a "$out/swift.log"
    count "$out/swift.log"
}

for part in $wanted; do
    "test_$part"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
