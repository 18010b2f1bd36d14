import 'dart:async';

import 'package:arny/arny.dart';
// Not the whole package, which has Flutter in it.
import 'package:arny_flutter/src/sentences.dart';

/// One message, and its answer as far as it has come.
final class Exchange {
  Exchange(this.question);

  final String question;
  String answer = '';

  /// What team.json says where a message speaks of danger to life.
  String? help;
  String? agent;

  /// How sure the gateway is, 0 to 1.
  double? confidence;
  bool stopped = false;

  /// What went wrong.
  String? error;
}

/// The conversation as it is shown: no Flutter in it, so that it is tested without.
final class Conversation {
  /// [ask]: `session.ask`. [memory]: `team.memory`.
  Conversation(this._ask, this._memory);

  final Stream<ArnyEvent> Function(String text) _ask;
  final Future<Memory> Function() _memory;
  final StreamController<void> _changes = StreamController.broadcast();
  final StreamController<String> _spoken = StreamController.broadcast();
  StreamSubscription<ArnyEvent>? _answer;
  Completer<void>? _ended;

  final List<Exchange> exchanges = [];

  /// The file that is being opened, and its share; null: none is.
  (String, double)? loading;

  /// Resident bytes after each answer, oldest first.
  final List<int> resident = [];

  /// Bytes; 0: none.
  int budget = 0;

  /// Something is to be shown anew.
  Stream<void> get changes => _changes.stream;

  /// Whole sentences, for a screen reader.
  Stream<String> get spoken => _spoken.stream;

  bool get answering => _answer != null;

  /// Sends a message, and is complete when its answer is.
  Future<void> send(String text) async {
    final question = text.trim();
    if (question.isEmpty || answering) return;
    final exchange = Exchange(question);
    final sentences = SentenceAnnouncer();
    exchanges.add(exchange);
    final ended = _ended = Completer<void>();
    _answer = _ask(question).listen(
      (event) => _take(exchange, sentences, event),
      onError: (Object error) =>
          exchange.error = error is ArnyException ? error.message : '$error',
      onDone: () {
        if (!ended.isCompleted) ended.complete();
      },
    );
    _changed();
    await ended.future;
    final rest = sentences.end();
    if (rest != null) _spoken.add(rest);
    _answer = null;
    loading = null;
    await _measure();
    _changed();
  }

  /// Stops the answer; what was said until then stays.
  Future<void> cancel() async {
    final answer = _answer, ended = _ended;
    if (answer == null || ended == null || ended.isCompleted) return;
    exchanges.last.stopped = true;
    await answer.cancel();
    if (!ended.isCompleted) ended.complete();
  }

  void _take(Exchange exchange, SentenceAnnouncer sentences, ArnyEvent event) {
    switch (event) {
      case Routed(:final agent, :final confidence):
        exchange
          ..agent = agent
          ..confidence = confidence;
      case Safety(:final text):
        exchange.help = text;
        if (text != null) _spoken.add(text);
      case Loading(:final model, :final progress):
        loading = progress < 1 ? (model, progress) : null;
      case Ready(:final agent):
        exchange.agent ??= agent;
        loading = null;
      case Token(:final text):
        exchange.answer += text;
        sentences.add(text).forEach(_spoken.add);
      case Done(:final reason):
        exchange.stopped = reason == Reason.cancelled;
      case Dropped():
        return;
    }
    _changed();
  }

  Future<void> _measure() async {
    try {
      final memory = await _memory();
      budget = memory.budget;
      resident.add(memory.rss);
      if (resident.length > 60) resident.removeAt(0);
    } on ArnyException {
      // The team was closed meanwhile.
    }
  }

  void _changed() {
    if (!_changes.isClosed) _changes.add(null);
  }

  Future<void> dispose() async {
    await cancel();
    await _changes.close();
    await _spoken.close();
  }
}
