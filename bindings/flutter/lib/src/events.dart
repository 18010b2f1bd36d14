import 'package:arny/arny.dart';

/// The event of these fields; null: it is none of an answer. What this version does not know is taken for its default.
ArnyEvent? eventOf(Map<Object?, Object?> e) => switch (e['type']) {
      'routed' => Routed(_text(e, 'agent'), _real(e, 'confidence'),
          _shares(e['scores']), _real(e, 'ms')),
      'safety' => Safety(_real(e, 'confidence'), e['text'] as String?),
      'dropped' => Dropped(_whole(e, 'droppedTurns')),
      'loading' => Loading(_text(e, 'model'), _real(e, 'progress')),
      'ready' => Ready(
          e['agent'] as String?,
          _word(From.values, e['from'], From.hot),
          _whole(e, 'restoredTokens'),
          _whole(e, 'prefillTokens'),
          _real(e, 'ms')),
      'token' => Token(-1, _text(e, 'text')),
      'done' => Done(
          e['agent'] as String?, _word(Reason.values, e['reason'], Reason.stop),
          promptTokens: _whole(e, 'promptTokens'),
          tokens: _whole(e, 'tokens'),
          ttftMs: _real(e, 'ttftMs'),
          prefillTps: _real(e, 'prefillTps'),
          decodeTps: _real(e, 'decodeTps'),
          rss: _whole(e, 'rss'),
          anon: _whole(e, 'anon'),
          written: _whole(e, 'written')),
      _ => null,
    };

Memory memoryOf(Map<Object?, Object?> m) => Memory(
    rss: _whole(m, 'rss'),
    anon: _whole(m, 'anon'),
    peak: _whole(m, 'peak'),
    budget: _whole(m, 'budget'),
    file: _whole(m, 'file'),
    left: _whole(m, 'left'),
    agents: [
      for (final row in m['agents'] as List<Object?>? ?? const [])
        if (row is Map<Object?, Object?>)
          AgentMemory(_text(row, 'agent'), _text(row, 'model'),
              _word(ModelState.values, row['state'], ModelState.closed),
              weights: _whole(row, 'weights'),
              context: _whole(row, 'context'),
              snapshot: _whole(row, 'snapshot'),
              contextTokens: _whole(row, 'contextTokens'),
              resident: _whole(row, 'resident'))
    ]);

String _text(Map<Object?, Object?> fields, String name) =>
    fields[name] as String? ?? '';

int _whole(Map<Object?, Object?> fields, String name) =>
    (fields[name] as num?)?.toInt() ?? 0;

double _real(Map<Object?, Object?> fields, String name) =>
    (fields[name] as num?)?.toDouble() ?? 0;

T _word<T extends Enum>(List<T> words, Object? name, T otherwise) =>
    words.firstWhere((word) => word.name == name, orElse: () => otherwise);

Map<String, double> _shares(Object? scores) => {
      if (scores is Map<Object?, Object?>)
        for (final MapEntry(:key, :value) in scores.entries)
          if (key is String && value is num) key: value.toDouble(),
    };
