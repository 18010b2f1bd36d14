// Tests without a package: they run wherever a Dart VM is.
import 'dart:async';
import 'dart:io';

final List<(String, FutureOr<void> Function())> _tests = [];

void test(String name, FutureOr<void> Function() body) =>
    _tests.add((name, body));

final class Failure implements Exception {
  Failure(this.message);
  final String message;
  @override
  String toString() => message;
}

Never fail(String message) => throw Failure(message);

void expect(Object? actual, Object? expected, [String what = 'it']) {
  if (actual != expected) fail('$what is $actual: $expected expected');
}

/// The exception of type [E] that [body] throws.
Future<E> expectThrows<E>(FutureOr<Object?> Function() body) async {
  try {
    await body();
  } catch (error) {
    if (error is E) return error as E;
    fail('$error (${error.runtimeType}) was thrown: $E expected');
  }
  fail('nothing was thrown: $E expected');
}

/// Runs what was declared and whose name contains one of [only]; prints a line for each, and ends the process.
Future<void> runTests(List<String> only) async {
  var passed = 0, failed = 0;
  for (final (name, body) in _tests) {
    if (only.isNotEmpty && !only.any(name.contains)) continue;
    final watch = Stopwatch()..start();
    try {
      await Future<void>.sync(body).timeout(const Duration(minutes: 3));
      passed++;
      stdout.writeln('ok      $name  ${watch.elapsedMilliseconds} ms');
    } catch (error, trace) {
      failed++;
      stdout.writeln('FAILED  $name: $error');
      if (error is! Failure) stdout.writeln(trace);
    }
  }
  stdout.writeln('$passed passed, $failed failed');
  await stdout.flush();
  exit(failed == 0 ? 0 : 1);
}

/// A folder that is gone afterwards, with these files.
Future<T> withFolder<T>(
    Map<String, String> files, Future<T> Function(String folder) body) async {
  final folder = Directory.systemTemp.createTempSync('arny-dart-');
  try {
    files.forEach((name, text) =>
        File('${folder.path}/$name').writeAsStringSync(text));
    return await body(folder.path);
  } finally {
    folder.deleteSync(recursive: true);
  }
}
