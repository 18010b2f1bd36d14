import 'package:arny_flutter/arny_flutter.dart';

/// The same over the method channel.
final class ChannelChat {
  final _channel = ArnyChannel();

  Future<void> open(void Function(String text) show) async {
    await ArnyAssets().folder('assets/models',
        onProgress: (file, share) => show('$file ${(100 * share).round()} %\n'));
    await _channel.invoke<bool>('initializeModels', {'team': '.'});
  }

  Future<void> ask(String question, void Function(String text) show) async {
    await for (final event in _channel.answer(question)) {
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

  Future<void> close() => _channel.invoke<void>('disposeModels');
}
