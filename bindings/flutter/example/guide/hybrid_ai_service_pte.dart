// The guide's Plan B on ExecuTorch: a gateway and specialists. In an app WidgetsFlutterBinding.ensureInitialized() comes first.
import 'package:arny_flutter/arny_flutter.dart';

Future<void> main() async {
  final aiService = HybridAiServicePte();
  await aiService.initialize();

  final response1 = await aiService.generate('I feel anxious');
  print(response1);
  final response2 = await aiService.generate('How to relax?');
  print(response2);
  final response3 = await aiService.generate('Solve 3x + 7 = 22');
  print(response3);
  await aiService.dispose();
}
