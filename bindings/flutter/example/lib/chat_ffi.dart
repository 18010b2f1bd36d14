import 'package:arny_flutter/arny_flutter.dart';

/// A routed chat: [show] gets what is to be shown, as it comes.
final class FfiChat {
  late final ArnyApp _app;

  Future<void> open(void Function(String text) show) async =>
      _app = await ArnyApp.open('assets/models',
          onProgress: (file, share) => show('$file ${(100 * share).round()} %\n'));

  Future<void> ask(String question, void Function(String text) show) async {
    await for (final event in _app.session.ask(question)) {
      switch (event) {
        case Routed(:final agent, :final confidence):
          show('$agent, ${(100 * confidence).round()} %\n');
        case Safety(:final text):
          if (text != null) show('$text\n');
        case Token(:final text):
          show(text);
        default:
      }
    }
  }

  Future<void> close() => _app.close();
}
