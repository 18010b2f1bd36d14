// The guide's Plan A: one model, a role at a time. The file is assets/models/arny_universal.gguf below the working folder.
import 'dart:io';

import 'package:arny/guide.dart';

Future<void> main() async {
  final aiService = UniversalAiServiceGguf();
  await aiService.initialize();

  aiService.switchRole('wellness');
  await for (final token in aiService.generate('I feel stressed')) {
    stdout.write(token);
  }
  stdout.writeln();

  aiService.switchRole('math');
  await for (final token in aiService.generate('Solve 2x + 5 = 15')) {
    stdout.write(token);
  }
  stdout.writeln();
  aiService.dispose();
}
