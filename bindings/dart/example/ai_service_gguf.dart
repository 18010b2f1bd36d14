// The guide's Strategy A: one GGUF file, answered as a stream. The file is assets/models/model.gguf below the working folder.
import 'dart:io';

import 'package:arny/guide.dart';

Future<void> main() async {
  final aiService = AiServiceGguf();
  await aiService.initialize();
  await for (final token in aiService.generateStream(
      prompt: 'Name three things to pack for a day in the mountains.',
      maxTokens: 60)) {
    stdout.write(token);
  }
  stdout.writeln();
  aiService.dispose();
}
