// The guide's Plan A on ExecuTorch: arny_universal.pte plays all roles. In an app WidgetsFlutterBinding.ensureInitialized() comes first.
import 'package:arny_flutter/arny_flutter.dart';

Future<void> main() async {
  final aiService = UniversalAiServicePte();
  await aiService.initialize();

  aiService.switchRole('wellness');
  final response1 = await aiService.generate('I feel stressed');
  print(response1);

  aiService.switchRole('math');
  final response2 = await aiService.generate('Solve 2x + 5 = 15');
  print(response2);
  await aiService.dispose();
}
