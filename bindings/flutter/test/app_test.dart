// The app's life, against the library itself.
import 'dart:io';
import 'dart:math';
import 'dart:typed_data';

import 'package:arny_flutter/arny_flutter.dart';
import 'package:flutter/services.dart';
import 'package:flutter/widgets.dart';

import '../bin/manifest.dart' as manifest;
import 'harness.dart';

const _name = 'com.example.app/executorch';

/// Plays a native side whose assets are files, as on iOS.
List<String> _phone(String folder) {
  final calls = <String>[];
  natives[_name] = (method, raw) {
    final given = raw as Map<Object?, Object?>? ?? const {};
    calls.add(method == 'holdBackground' ? '$method ${given['hold']}' : method);
    switch (method) {
      case 'assetPath':
        return '$folder/${given['asset']}';
      case 'readAsset':
        final bytes = File('$folder/${given['asset']}').readAsBytesSync();
        return Uint8List.sublistView(bytes, min(given['offset']! as int, bytes.length));
      case 'folders':
        return {'support': '$folder/support', 'cache': '$folder/cache'};
      case 'sessionKey':
        return Uint8List(32)..fillRange(0, 32, 7);
      default:
        return null;
    }
  };
  return calls;
}

Future<void> _withApp(Future<void> Function(ArnyApp app, List<String> calls, String folder) body,
        {bool encrypted = false, Persist? persist, int step = 0}) =>
    withFolder({}, (folder) async {
      final models = Directory('$folder/assets/models')..createSync(recursive: true);
      writeTeam(models.path, step: step);
      await manifest.main([models.path]);
      final calls = _phone(folder);
      final app = await ArnyApp.open('assets/models', encrypted: encrypted, persist: persist);
      try {
        await body(app, calls, folder);
      } finally {
        await app.close();
      }
      expect(WidgetsBinding.instance.observers.length, 0);
    });

Future<void> _whereThereIsAes(
    Future<void> Function(ArnyApp app, List<String> calls, String folder) body) async {
  try {
    await _withApp(body, encrypted: true, persist: Persist.disk);
  } on ArnyUnsupportedException catch (error) {
    if (!error.message.contains('AES')) rethrow;
    stdout.writeln('        skipped here, and run by the tests in Kotlin and Swift: ${error.message}');
  }
}

Future<ModelState> _stateOf(Team team, String agent) async =>
    (await team.memory()).agents.firstWhere((row) => row.agent == agent).state;

void _become(AppLifecycleState state) {
  for (final observer in [...WidgetsBinding.instance.observers]) {
    observer.didChangeAppLifecycleState(state);
  }
}

void appTests() {
  test('an app opens, answers and closes', () => _withApp((app, calls, folder) async {
        final events = await app.session.ask('Solve 2x').toList();
        expect(events.whereType<Routed>().single.agent, 'math');
        expect(events.whereType<Token>().map((token) => token.text).join(), 'x is 5. That is all.');
      }));

  test('a memory warning reaches the team', () => _withApp((app, calls, folder) async {
        await app.session.ask('Solve 2x').text;
        await app.session.ask('I am sad').text;
        expect(await _stateOf(app.team, 'math'), ModelState.open);
        for (final observer in [...WidgetsBinding.instance.observers]) {
          observer.didHaveMemoryPressure();
        }
        final watch = Stopwatch()..start();
        while (await _stateOf(app.team, 'math') == ModelState.open && watch.elapsed.inSeconds < 60) {}
        expect(await _stateOf(app.team, 'math') != ModelState.open, true);
        expect(await app.session.ask('2x').text, 'x is 5. That is all.');
      }));

  test('in the background all is given back, once, and the next message goes on', () =>
      _withApp((app, calls, folder) async {
        await app.session.ask('2x').text;
        _become(AppLifecycleState.inactive);
        expect(calls.any((call) => call.startsWith('hold')), false);
        _become(AppLifecycleState.hidden);
        _become(AppLifecycleState.paused);
        await until(() => calls.last == 'holdBackground false');
        expect(calls.where((call) => call.startsWith('hold')).join(', '), 'holdBackground true, holdBackground false');
        expect(await _stateOf(app.team, 'math') != ModelState.open, true);
        _become(AppLifecycleState.hidden);
        _become(AppLifecycleState.resumed);
        expect(await app.session.ask('2x').text, 'x is 5. That is all.');
        _become(AppLifecycleState.paused);
        await until(() => calls.where((call) => call == 'holdBackground false').length == 2);
      }));

  test('an answer is cancelled before the app is stopped', () => _withApp(step: 100000, (app, calls, folder) async {
        final lifecycle = ArnyLifecycle(app.team, sessions: [app.session], cancel: true);
        final answer = app.session.ask('2x').toList();
        await Future<void>.delayed(const Duration(milliseconds: 300));
        await lifecycle.sleep();
        expect((await answer).whereType<Done>().single.reason, Reason.cancelled);
      }));

  test('without a native side the team sleeps all the same', () => _withApp((app, calls, folder) async {
        natives.remove(_name);
        await app.session.ask('2x').text;
        await app.lifecycle.sleep();
        expect(await _stateOf(app.team, 'math') != ModelState.open, true);
      }));

  test('a team that is closed hears nothing', () => _withApp((app, calls, folder) async {
        await app.team.close();
        _become(AppLifecycleState.paused);
        for (final observer in [...WidgetsBinding.instance.observers]) {
          observer.didHaveMemoryPressure();
        }
        await Future<void>.delayed(const Duration(milliseconds: 50));
        expect(calls.any((call) => call.startsWith('hold')), false);
      }));

  // A build of 32 bits, as the Dart VM of these tests may be, has no AES: then it says so, and writes nothing in the
  // clear.
  test('what is kept is encrypted, in a folder that stays the same', () => _whereThereIsAes((app, calls, folder) async {
        await app.session.ask('2x is my secret').text;
        await app.team.suspend();
        expect(calls.contains('sessionKey'), true);
        final kept = [
          for (final file in Directory('$folder/support/state/assets-models').listSync(recursive: true))
            if (file is File) String.fromCharCodes(file.readAsBytesSync())
        ];
        expect(kept.isNotEmpty, true);
        expect(kept.any((text) => text.contains('secret')), false);
      }));

  test('where the team is must be said once', () async {
    await expectThrows<ArnyArgumentException>(() => ArnyApp.open(null));
    await expectThrows<ArnyArgumentException>(() => ArnyApp.open('a', folder: 'b'));
  });
}
