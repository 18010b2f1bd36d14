// What a token costs on its way from C to a Dart listener, and that no call keeps the isolate.
import 'dart:async';
import 'dart:io';

import 'package:arny/arny.dart';

import 'harness.dart';
import 'input.dart';

void speed() {
  test('a token costs less than 50 microseconds from C to the listener', () =>
      withChat('{"default": "${'x' * 10000}"}', (team, chat) async {
        final costs = <double>[];
        for (var round = 0; round < 5; round++) {
          await chat.clear();
          var tokens = 0;
          final watch = Stopwatch()..start();
          await for (final event in chat.ask('go', maxTokens: 10000)) {
            if (event is Ready) watch.reset();
            if (event is Token) tokens++;
          }
          costs.add(watch.elapsedMicroseconds / tokens);
          expect(tokens, 10000);
        }
        costs.sort();
        stdout.writeln('        10,000 tokens of the fake engine, which is included: ${costs[0].toStringAsFixed(1)} us a token, '
            'median of 5 ${costs[2].toStringAsFixed(1)}');
        expect(costs[2] < 50, true, 'a token costs less than 50 us');
      }));

  test('no call keeps the isolate for more than 2 milliseconds', () =>
      withFolder(fakeTeam('{"default": "${'word ' * 200}", "step_us": 500, "open_ms": 30, "weights": 50000000}'), (folder) async {
        // The longest time that each call keeps the isolate, the best of some tries: what the machine does meanwhile is not the call's.
        final longest = <String, int>{};
        Future<T> timed<T>(String name, FutureOr<T> Function() call) async {
          final watch = Stopwatch()..start();
          final result = call();
          final kept = watch.elapsedMicroseconds;
          longest.update(name, (before) => kept < before ? kept : before, ifAbsent: () => kept);
          return result;
        }

        for (var round = 0; round < 8; round++) {
          final team = await timed('Team.open', () => Team.open(folder));
          await timed('warm', team.warm);
          final chat = await timed('session', team.session);
          final heard = await timed('ask', () => chat.ask('go').listen(null));
          await Future<void>.delayed(const Duration(milliseconds: 20));
          await timed('memory', team.memory);
          await timed('estimate', team.estimate);
          await timed('pressure', () => team.pressure(Pressure.critical));
          await timed('expect', () => team.expect('b'));
          await timed('turns', () => chat.turns);
          await timed('use', () => chat.use('b'));
          await timed('cancel', () => heard.cancel());
          await timed('clear', chat.clear);
          await timed('suspend', team.suspend);
          await timed('Session.close', chat.close);
          await timed('Team.close', team.close);
        }
        final slowest = longest.entries.reduce((a, b) => a.value > b.value ? a : b);
        stdout.writeln('        the slowest of ${longest.length} calls keeps it for ${slowest.value} us: ${slowest.key}');
        expect(slowest.value < 2000, true, slowest.key);
      }));

  test('a timer ticks on while an answer streams', () =>
      withChat('{"default": "${'word ' * 400}", "step_us": 500}', (team, chat) async {
        final gaps = <int>[];
        final watch = Stopwatch()..start();
        final timer = Timer.periodic(const Duration(milliseconds: 1), (_) {
          gaps.add(watch.elapsedMicroseconds);
          watch.reset();
        });
        await chat.ask('go').drain<void>();
        timer.cancel();
        gaps.sort();
        final late = gaps[gaps.length * 95 ~/ 100];
        stdout.writeln('        ${gaps.length} ticks of 1 ms: 95 of 100 come within ${(late / 1000).toStringAsFixed(1)} ms');
        expect(gaps.length > 300, true, 'the timer ticked');
      }));
}
