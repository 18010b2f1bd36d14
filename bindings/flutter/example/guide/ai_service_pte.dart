// The guide's Strategy B: one .pte file behind the channel. In an app WidgetsFlutterBinding.ensureInitialized() comes first.
import 'package:arny_flutter/arny_flutter.dart';

Future<void> main() async {
  final aiService = AiServicePte();
  await aiService.initialize();
  print(await aiService.generate(prompt: 'Name three primes.'));
  await aiService.dispose();
}
