// The guide's Plan B: a gateway and specialists, in assets/models below the working folder.
import 'dart:io';

import 'package:arny/guide.dart';

Future<void> main() async {
  final aiService = HybridAiServiceGguf();
  await aiService.initialize();

  await for (final token in aiService.generate(prompt: 'I feel anxious')) {
    stdout.write(token);
  }
  stdout.writeln();
  await for (final token in aiService.generate(prompt: 'How to relax?')) {
    stdout.write(token);
  }
  stdout.writeln();
  await for (final token in aiService.generate(prompt: 'Solve 3x + 7 = 22')) {
    stdout.write(token);
  }
  stdout.writeln();

  final decision = await aiService.classifyIntent('Plan my route');
  stdout.writeln('${decision.agent}: ${decision.confidence.toStringAsFixed(2)}');
  await aiService.dispose();
}
