#!/bin/sh
# Builds libarny_jni.so and runs the tests. ARNY_BUILD_DIR: where libarny.so lies; JVM_ARGUMENTS: more of them, such as
# -Xcheck:jni.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
library=$(cd "${ARNY_BUILD_DIR:-$root/build}" && pwd)/libarny.so
out=$root/build/kotlin
JAVA_HOME=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
export JAVA_HOME
mkdir -p "$out"

# The library is on the rpath, so that nothing else has to be told where it is.
build() {
    cmake -S "$here" -B "$out/jni" -DARNY_LIBRARY="$library" && cmake --build "$out/jni"
}
if ! build >"$out/cmake.log" 2>&1; then
    cat "$out/cmake.log" >&2
    echo "0 passed, 1 failed"
    exit 1
fi

rm -rf "$out/maven/surefire-reports"
offline=
[ -d "${HOME}/.m2/repository/org/jetbrains/kotlin/kotlin-maven-plugin/2.2.21" ] && offline=-o
run() {
    (cd "$here" && mvn -q -B -Dstyle.color=never $1 -Darny.target="$out/maven" -Darny.jni="$out/jni" -Darny.jvm="${JVM_ARGUMENTS:-}" test)
}
run "$offline"
status=$?

# From the attributes of <testsuite ...>; what did not even compile has none.
count() {
    cat "$out"/maven/surefire-reports/*.xml 2>/dev/null | grep -A8 '<testsuite ' |
        grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}
failed=$(($(count errors) + $(count failures)))
passed=$(($(count tests) - failed - $(count skipped)))
[ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
