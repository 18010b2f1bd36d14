#!/bin/sh
# A chat with a team:  example/run.sh models/demo [STATE_FOLDER]      (run-tests.sh has built it before)
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
out=${ARNY_KOTLIN_OUT:-$root/build/kotlin}
jars=$(find "${HOME}/.m2/repository/org/jetbrains/kotlin/kotlin-stdlib/2.2.21" \
    "${HOME}/.m2/repository/org/jetbrains/kotlinx/kotlinx-coroutines-core-jvm/1.10.2" -name '*.jar' | tr '\n' ':')
exec java -Djava.library.path="$out/jni" -cp "$out/maven/classes:$out/maven/test-classes:$jars" \
    org.arny.example.ChatKt "$@"
