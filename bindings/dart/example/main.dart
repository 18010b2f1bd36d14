// A conversation with a team: dart run example/main.dart [TEAM'S FOLDER]
import 'dart:io';

import 'package:arny/arny.dart';

Future<void> main(List<String> arguments) async {
  final team = await Team.open(arguments.firstOrNull ?? 'models/demo');
  final chat = await team.session();
  for (final message in [
    'Solve 2x + 5 = 15',
    'I feel overwhelmed and I cannot sleep.',
  ]) {
    stdout.writeln('you: $message');
    await for (final event in chat.ask(message)) {
      switch (event) {
        case Routed(:final agent, :final confidence):
          stdout.write('$agent (${(100 * confidence).round()} %): ');
        case Safety(:final text):
          stdout.writeln(text ?? '');
        case Token(:final text):
          stdout.write(text);
        case Done(:final ttftMs, :final tokens, :final reason):
          stdout.writeln(
              '\n[$tokens tokens, ${reason.name}, first after ${ttftMs.round()} ms]\n');
        default:
      }
    }
  }
  await chat.close();
  await team.close();
}
