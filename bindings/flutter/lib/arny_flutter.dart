/// Arny in a Flutter app.
///
/// ```dart
/// final app = await ArnyApp.open('assets/models');
/// await for (final event in app.session.ask('Solve 2x + 5 = 15')) {
///   if (event is Token) setState(() => answer += event.text);
/// }
/// ```
///
/// Two ways lead to the library. [ArnyApp], with `package:arny/arny.dart`, calls it directly, and has all that it can
/// do. [AiServicePte], [UniversalAiServicePte] and [HybridAiServicePte] are the classes of the mobile deployment guide,
/// over a method channel. docs/flutter.md walks through both.
library;

export 'package:arny/arny.dart';
export 'package:arny/guide.dart' show RoutingDecision;

export 'src/app.dart';
export 'src/assets.dart';
export 'src/channel.dart';
export 'src/lifecycle.dart';
export 'src/power.dart';
export 'src/sentences.dart';
export 'src/services.dart';
