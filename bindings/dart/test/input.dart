// Wrong calls and hard times: each ends in an exception of the library's own, none in a crash.
import 'dart:async';
import 'dart:convert';
import 'dart:io';
import 'dart:isolate';
import 'dart:typed_data';

import 'package:arny/arny.dart';

import 'harness.dart';

Map<String, String> fakeTeam(String model) => {
      'team.json': jsonEncode({
        'arny': 1,
        'plan': 'monolith',
        'engine': 'fake',
        'temperature': 0,
        'context': 16384,
        'max_tokens': 12000,
        'models': {
          'm': {'fake': 'm.fake'}
        },
        'agents': {'a': <String, Object>{}, 'b': <String, Object>{}},
      }),
      'm.fake': '#arny-fake 1\n$model',
    };

Future<T> withChat<T>(String model, Future<T> Function(Team, Session) body) =>
    withFolder(fakeTeam(model), (folder) async {
      final team = await Team.open(folder);
      final chat = await team.session();
      try {
        return await body(team, chat);
      } finally {
        await chat.close();
        await team.close();
      }
    });

const slow = '{"default": "one two three four five six seven eight nine ten", "step_us": 3000}';

void input() {
  test('errors have a code, a status, a message and a remedy', () async {
    final error = await expectThrows<ArnyNotFoundException>(() => Team.open('/there/is/no/team'));
    expect(error.code, -2);
    expect(error.status, 'not-found');
    expect(error.message.contains('/there/is/no/team'), true);
    expect(error.remedy.length > 20, true);
    expect('$error'.startsWith('ArnyNotFoundException: '), true);
    await expectThrows<ArnyNotFoundException>(() => Model.open('/absent.gguf'));
    await expectThrows<ArnyNotFoundException>(() => inspect('/absent.gguf'));
  });

  test('what is closed says so, and closing twice is fine', () => withChat(slow, (team, chat) async {
        final other = await team.session(name: 'other');
        await Future.wait([other.close(), other.close()]);
        await other.close();
        expect(other.isClosed, true);
        await expectThrows<ArnyArgumentException>(() => other.turns);
        await expectThrows<ArnyArgumentException>(() => other.agent);
        await expectThrows<ArnyArgumentException>(other.cancel);
        await expectThrows<ArnyArgumentException>(() => other.use('a'));
        await expectThrows<ArnyArgumentException>(other.clear);
        await expectThrows<ArnyArgumentException>(() => other.ask('x').text);
        final lent = await Team.open(team.path);
        await lent.close();
        for (final call in <Future<Object?> Function()>[
          lent.session,
          lent.memory,
          lent.estimate,
          lent.sessions,
          lent.suspend,
          lent.warm,
          () => lent.route('x'),
          () => lent.pin('a'),
          () => lent.unload('a'),
          () => lent.preload('a'),
          () => lent.pressure(Pressure.low),
          () => lent.forget('x'),
        ]) {
          await expectThrows<ArnyArgumentException>(call);
        }
        await expectThrows<ArnyArgumentException>(() => lent.expect('a'));
      }));

  test('a close waits for the call that is inside', () => withFolder(fakeTeam('{"open_ms": 100}'), (folder) async {
        final team = await Team.open(folder);
        final warm = team.warm();
        await Future<void>.delayed(const Duration(milliseconds: 20));
        final closed = team.close();
        await expectThrows<ArnyArgumentException>(team.memory);
        await warm;
        await closed;
      }));

  test('strings of any length and content', () => withChat('{"default": "fine"}', (team, chat) async {
        await expectThrows<ArnyContextException>(() => chat.ask('x' * 20000000).text);
        await expectThrows<ArnyDataException>(() => chat.ask('\ud83d').text);
        await expectThrows<ArnyDataException>(() => chat.ask('a\ude00b').text);
        await expectThrows<ArnyArgumentException>(() => chat.ask('a\u0000b').text);
        await expectThrows<ArnyArgumentException>(() => team.session(name: 'n\u0000'));
        await expectThrows<ArnyArgumentException>(() => chat.ask('x', maxTokens: 1 << 40).text);
        await expectThrows<ArnyArgumentException>(() => Team.open(team.path, key: Uint8List(31)));
        expect(await chat.ask('👩‍👩‍👧 \u202e').text, 'fine');
      }));

  test('an answer that is not listened to is not asked', () => withChat('{"default": "fine"}', (team, chat) async {
        chat.ask('never');
        expect(await chat.ask('now').text, 'fine');
        expect(chat.turns.length, 1);
        final once = chat.ask('once');
        expect(await once.text, 'fine');
        await expectThrows<StateError>(() => once.listen(null));
      }));

  test('a cancelled subscription stops the answer', () => withChat(slow, (team, chat) async {
        for (var i = 0; i < 20; i++) {
          final first = Completer<void>();
          late final StreamSubscription<ArnyEvent> heard;
          var after = 0;
          heard = chat.ask('go').listen((event) {
            if (first.isCompleted) after++;
            if (event is Token && !first.isCompleted) first.complete();
          });
          await first.future;
          final cancelled = heard.cancel(), before = after;
          await cancelled;
          expect(after, before);
        }
        expect(chat.turns.length, 20);
        await chat.ask('go').listen(null).cancel();
      }));

  test('a break out of the loop stops it too', () => withChat(slow, (team, chat) async {
        await for (final event in chat.ask('go')) {
          if (event is Token) break;
        }
        expect(await chat.ask('go', maxTokens: 3).text, 'one');
      }));

  test('a paused listener misses nothing', () => withChat('{"default": "abcdefghij"}', (team, chat) async {
        final text = StringBuffer(), over = Completer<void>();
        late final StreamSubscription<String> heard;
        heard = chat.ask('go').texts.listen((token) {
          text.write(token);
          heard.pause(Future<void>.delayed(const Duration(milliseconds: 3)));
        }, onDone: over.complete);
        await over.future;
        expect('$text', 'abcdefghij');
      }));

  test('a listener that throws is its zone\'s matter', () => withChat('{"default": "fine"}', (team, chat) async {
        final errors = <Object>[], over = Completer<void>();
        runZonedGuarded(() {
          chat.ask('go').listen((event) {
            if (event is Token) throw StateError('of the listener');
          }, onDone: over.complete);
        }, (error, _) => errors.add(error));
        await over.future;
        expect(errors.length, 4);
        expect(await chat.ask('go').text, 'fine');
      }));

  test('sessions are closed while they answer', () => withFolder(fakeTeam(slow), (folder) async {
        final team = await Team.open(folder);
        for (var i = 0; i < 50; i++) {
          final chat = await team.session(name: 's$i');
          final text = chat.ask('go').last;
          if (i.isOdd) await Future<void>.delayed(Duration(milliseconds: i % 7));
          await chat.close();
          final last = await text;
          expect((last as Done).reason, Reason.cancelled);
        }
        await team.close();
      }));

  test('isolates that die while they stream', () => withFolder(fakeTeam('{"default": "${'word ' * 300}", "step_us": 200}'), (folder) async {
        for (var i = 0; i < 60; i++) {
          final port = ReceivePort();
          final isolate = await Isolate.spawn(_streamForEver, (folder, Arny.libraryPath, port.sendPort));
          await port.first;
          await Future<void>.delayed(Duration(milliseconds: i % 10));
          isolate.kill(priority: Isolate.immediate);
        }
        final team = await Team.open(folder);
        final chat = await team.session();
        expect((await chat.ask('go', maxTokens: 4).text), 'word');
        await chat.close();
        await team.close();
      }));

  test('what is forgotten is freed', () => withFolder(fakeTeam('{"default": "fine", "weights": 1000}'), (folder) async {
        for (var i = 0; i < 300; i++) {
          final team = await Team.open(folder);
          final chat = await team.session();
          await chat.ask('go').drain<void>();
        }
        final threads = Directory('/proc/self/task');
        if (threads.existsSync()) expect(threads.listSync().length < 250, true, 'threads are few');
      }));
}

Future<void> _streamForEver((String, String?, SendPort) start) async {
  final (folder, library, port) = start;
  Arny.libraryPath = library;
  final team = await Team.open(folder);
  final chat = await team.session();
  var told = false;
  for (;;) {
    await for (final event in chat.ask('go')) {
      if (event is Token && !told) {
        told = true;
        port.send('streaming');
      }
    }
  }
}
