// The example's conversation, which knows no Flutter, and its texts.
import 'dart:convert';
import 'dart:io';

import 'package:arny/arny.dart';
import 'package:arny_flutter_example/conversation.dart';

import 'harness.dart';

Future<void> _withConversation(Future<void> Function(Conversation conversation, Team team) body, {int step = 0}) =>
    withFolder({}, (folder) async {
      writeTeam(folder, step: step);
      final team = await Team.open(folder);
      final session = await team.session();
      final conversation = Conversation(session.ask, team.memory);
      try {
        await body(conversation, team);
      } finally {
        await conversation.dispose();
        await session.close();
        await team.close();
      }
    });

void exampleTests() {
  test('a message becomes an exchange, with who answers and how sure that is', () =>
      _withConversation((conversation, team) async {
        final spoken = <String>[];
        var changes = 0;
        conversation.spoken.listen(spoken.add);
        conversation.changes.listen((_) => changes++);
        await conversation.send('  Solve 2x ');
        await conversation.send('I am sad');
        await conversation.send('   ');
        final [first, second] = conversation.exchanges;
        expect(first.question, 'Solve 2x');
        expect(first.agent, 'math');
        expect(first.confidence! > 0.5, true);
        expect(first.answer, 'x is 5. That is all.');
        expect(second.answer, 'That sounds hard.');
        await Future<void>.delayed(Duration.zero);
        expect(spoken.join('|'), 'x is 5.|That is all.|That sounds hard.');
        expect(conversation.resident.length, 2);
        expect(conversation.loading, null);
        expect(changes > 4, true);
      }));

  test('a message is stopped, what was said stays, and the next one is answered', () =>
      _withConversation(step: 30000, (conversation, team) async {
        final sent = conversation.send('Solve 2x');
        await conversation.send('not while one is answered');
        await until(() => conversation.exchanges.single.answer.isNotEmpty);
        await conversation.cancel();
        await sent;
        expect(conversation.exchanges.single.stopped, true);
        expect(conversation.exchanges.single.answer.length < 20, true);
        expect(conversation.answering, false);
        await conversation.cancel();
        await conversation.send('I am sad');
        expect(conversation.exchanges.last.answer, 'That sounds hard.');
      }));

  test('what goes wrong is shown, and the conversation goes on', () => _withConversation((conversation, team) async {
        await conversation.send('a\u0000b');
        expect(conversation.exchanges.single.error!.contains('NUL'), true);
        await conversation.send('2x');
        expect(conversation.exchanges.last.answer, 'x is 5. That is all.');
      }));

  test('all languages of the example have the same texts, and widgets have none', () {
    final here = File.fromUri(Platform.script).parent.parent.path;
    Map<String, Object?> texts(String language) =>
        jsonDecode(File('$here/example/lib/l10n/app_$language.arb').readAsStringSync()) as Map<String, Object?>;
    List<String> placeholders(Object? text) => [
          for (final match in RegExp(r'\{(\w+)\}').allMatches('$text')) match[1]!
        ]..sort();
    final english = texts('en'), spanish = texts('es');
    for (final MapEntry(:key, :value) in english.entries) {
      if (key.startsWith('@')) continue;
      expect(spanish.containsKey(key), true, '$key in Spanish');
      expect(placeholders(spanish[key]).join(), placeholders(value).join(), key);
    }
    expect(spanish.keys.every(english.containsKey), true);
    for (final file in Directory('$here/example/lib').listSync().whereType<File>()) {
      final code = file.readAsStringSync();
      final literal = RegExp(r'''(Text|hintText:|tooltip:|label:)\s*\(?\s*['"]''');
      expect(literal.hasMatch(code), false, 'a text in ${file.path}');
      for (final used in RegExp(r'words\.(\w+)').allMatches(code)) {
        expect(english.containsKey(used[1]), true, '${used[1]} of ${file.path}');
      }
    }
  });
}
