// The harness of package arny, and what Flutter's tests want beside it.
import 'dart:async';
import 'dart:io';

export '../../dart/test/harness.dart';

/// A team on the fake engine in [folder]: a gateway, "care" and "math". [step]: microseconds of each token.
void writeTeam(String folder, {int step = 0}) {
  const fakes = {
    'router': '{"say": [{"when": "2x", "say": "math"}, {"when": "sad", "say": "care"}], "default": "care"}',
    'care': '{"default": "That sounds hard."}',
    'math': '{"default": "x is 5. That is all."}',
  };
  fakes.forEach((name, text) => File('$folder/$name.fake').writeAsStringSync(
      '#arny-fake 1\n${text.replaceFirst('}', ', "step_us": $step}', text.length - 1)}'));
  File('$folder/team.json').writeAsStringSync(
      '''{"arny": 1, "plan": "hybrid", "engine": "fake", "temperature": 0,
 "models": {"router": {"fake": "router.fake"}, "care": {"fake": "care.fake"}, "math": {"fake": "math.fake"}},
 "gateway": {"model": "router", "mode": "score", "calibrate": false},
 "agents": {"care": {"model": "care"}, "math": {"model": "math"}}}''');
}

/// Waits, not long, until it is so.
Future<void> until(bool Function() so) async {
  final watch = Stopwatch()..start();
  while (!so()) {
    if (watch.elapsed > const Duration(seconds: 60)) {
      throw TimeoutException('it did not become so');
    }
    await Future<void>.delayed(const Duration(milliseconds: 5));
  }
}
