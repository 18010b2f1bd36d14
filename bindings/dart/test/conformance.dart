// Runs bindings/conformance/*.json: its README has the format.
import 'dart:async';
import 'dart:convert';
import 'dart:io';

import 'package:arny/arny.dart';

import 'harness.dart';

typedef Json = Map<String, Object?>;

// ---- what matches --------------------------------------------------------------------------------------------------

const _patterns = {'begins', 'contains', 'least', 'most', 'not', 'last'};

/// What does not match, as a sentence; null: nothing.
String? wrong(Object? expected, Object? actual, [String place = 'it']) {
  final told = '$place is ${jsonEncode(actual)}: ${jsonEncode(expected)} expected';
  switch (expected) {
    case Json() when expected.isNotEmpty && expected.keys.every(_patterns.contains):
      return expected.entries.every((e) => _matches(e.key, e.value, actual)) ? null : told;
    case Json():
      if (actual is! Json) return told;
      return expected.entries
          .map((e) => wrong(e.value, actual.containsKey(e.key) ? actual[e.key] : '(absent)', '$place.${e.key}'))
          .nonNulls
          .firstOrNull;
    case List<Object?>():
      if (actual is! List<Object?> || actual.length != expected.length) return told;
      return [for (var i = 0; i < expected.length; i++) wrong(expected[i], actual[i], '$place[$i]')].nonNulls.firstOrNull;
    case num() when actual is num:
      return (expected - actual).abs() <= 1e-3 ? null : told;
    default:
      return expected == actual ? null : told;
  }
}

bool _matches(String pattern, Object? value, Object? actual) => switch (pattern) {
      'begins' => (actual! as String).startsWith(value! as String),
      'contains' => (actual! as String).contains(value! as String),
      'least' => (actual! as num) >= (value! as num),
      'most' => (actual! as num) <= (value! as num),
      'not' => actual != value,
      _ => wrong(value, (actual! as List<Object?>).sublist((actual as List).length - (value! as List).length)) == null,
    };

// ---- events --------------------------------------------------------------------------------------------------------

Json fields(ArnyEvent event) => switch (event) {
      Routed() => {'type': 'routed', 'agent': event.agent, 'confidence': event.confidence, 'scores': event.scores},
      Safety() => {'type': 'safety', 'confidence': event.confidence, 'text': event.text},
      Dropped() => {'type': 'dropped', 'dropped_turns': event.droppedTurns},
      Loading() => {'type': 'loading', 'model': event.model, 'progress': event.progress},
      Ready() => {
          'type': 'ready',
          'agent': event.agent,
          'from': event.from.name,
          'restored_tokens': event.restoredTokens,
          'prefill_tokens': event.prefillTokens
        },
      Token() => {'type': 'token', 'id': event.id, 'text': event.text},
      Done() => {
          'type': 'done',
          'agent': event.agent,
          'reason': event.reason.name,
          'prompt_tokens': event.promptTokens,
          'tokens': event.tokens
        },
    };

Json error(ArnyException e) => {'type': 'error', 'status': e.status, 'message': e.message};

List<Json> joined(List<Json> events) {
  final rows = <Json>[];
  for (final row in events) {
    final before = rows.lastOrNull;
    if (row['type'] == 'token' && before?['type'] == 'token') {
      before!['text'] = '${before['text']}${row['text']}';
    } else if (row['type'] == 'loading' && before?['type'] == 'loading') {
      rows.last = row;
    } else {
      rows.add(row);
    }
  }
  return rows;
}

/// All events of an answer; cancelled or closed after so many tokens.
Future<List<Json>> heard(Stream<ArnyEvent> answer, Json step, void Function() cancel) {
  final events = <Json>[], over = Completer<List<Json>>();
  var tokens = 0;
  late final StreamSubscription<ArnyEvent> subscription;
  subscription = answer.listen((event) {
    events.add(fields(event));
    if (event is! Token) return;
    tokens++;
    if (tokens == step['cancel_after']) cancel();
    if (tokens == step['close_after']) {
      over.complete(subscription.cancel().then((_) => joined(events)));
    }
  }, onError: (Object e) {
    if (events.isEmpty && e is ArnyArgumentException && step['error'] != null) {
      over.completeError(e);
    } else {
      events.add(error(e as ArnyException));
    }
  }, onDone: () {
    if (!over.isCompleted) over.complete(joined(events));
  });
  return over.future;
}

// ---- steps ---------------------------------------------------------------------------------------------------------

String? textOf(Object? value) => switch (value) {
      {'repeat': final String text, 'times': final int times} => text * times,
      {'units': final List<Object?> units} => String.fromCharCodes(units.cast<int>()),
      _ => value as String?,
    };

class Runner {
  Runner(this.folder);

  final String folder;
  final Map<String, Object> things = {};

  Team team(Json step) => things[step['team']]! as Team;
  Session session(Json step) => things[step['session']]! as Session;
  Model model(Json step) => things[step['model']]! as Model;
  String path(Json step) => '$folder/${textOf(step['path'])}';
  int number(Json step, String name) => step[name] as int? ?? 0;

  Future<List<Json>> begin(Json step) => heard(
      session(step).ask(textOf(step['text'])!, agent: step['agent'] as String?, maxTokens: number(step, 'max_tokens')),
      step,
      () => session(step).cancel());

  Future<Object?> run(Json step) async {
    switch (step['do']) {
      case 'open':
        things[step['as']! as String] = await Team.open(step.containsKey('path') ? path(step) : folder,
            engine: step['engine'] as String?,
            budget: number(step, 'budget'),
            threads: number(step, 'threads'),
            language: step['language'] as String?,
            state: step.containsKey('state') ? '$folder/${step['state']}' : null);
      case 'session':
        final persist = step['persist'];
        things[step['as']! as String] = await team(step).session(
            name: textOf(step['name']), persist: persist == null ? null : Persist.values.byName(persist as String));
      case 'ask':
        return begin(step);
      case 'start':
        things[step['as']! as String] = begin(step);
      case 'finish':
        return things[step['answer']]! as Future<List<Json>>;
      case 'cancel':
        session(step).cancel();
      case 'route':
        final turns = [for (final text in step['turns'] as List<Object?>? ?? [step['text']]) textOf(text)!];
        final decision = await team(step).route(turns.removeLast(), before: turns);
        return <String, Object?>{
          'agent': decision.agent,
          'confidence': decision.confidence,
          'scores': decision.scores,
          'danger': decision.danger
        };
      case 'use':
        session(step).use(step['agent'] as String?);
      case 'turns':
        return [
          for (final turn in session(step).turns) <String, Object?>{'agent': turn.agent, 'user': turn.user, 'reply': turn.reply}
        ];
      case 'agent':
        return session(step).agent;
      case 'clear':
        await session(step).clear();
      case 'forget':
        await team(step).forget(step['name']! as String);
      case 'sessions':
        return team(step).sessions();
      case 'team':
        final it = team(step);
        return <String, Object?>{
          'plan': it.plan,
          'engine': it.engine,
          'budget': it.budget,
          'agents': [for (final agent in it.agents) <String, Object?>{'name': agent.name, 'description': agent.description}]
        };
      case 'memory':
        final memory = await team(step).memory();
        return <String, Object?>{
          'budget': memory.budget,
          'agents': [
            for (final row in memory.agents)
              <String, Object?>{'agent': row.agent, 'state': row.state.name, 'context_tokens': row.contextTokens}
          ]
        };
      case 'estimate':
        final estimate = await team(step).estimate();
        return <String, Object?>{
          'peak': estimate.peak,
          'budget': estimate.budget,
          'fits': estimate.fits,
          'agents': [for (final row in estimate.agents) <String, Object?>{'agent': row.agent, 'weights': row.weights, 'kv': row.kv}]
        };
      case 'pressure':
        await team(step).pressure(Pressure.values.byName(step['level']! as String));
      case 'pin':
        await team(step).pin(step['agent']! as String, pinned: step['pinned']! as bool);
      case 'unload':
        await team(step).unload(step['agent']! as String);
      case 'preload':
        await team(step).preload(step['agent']! as String);
      case 'expect':
        team(step).expect(step['agent']! as String);
      case 'warm':
        await team(step).warm();
      case 'suspend':
        await team(step).suspend();
      case 'model':
        things[step['as']! as String] =
            await Model.open(path(step), context: number(step, 'context'), chat: step['chat'] as String?);
      case 'generate':
        return heard(
            model(step).generate(textOf(step['prompt'])!,
                system: step['system'] as String?,
                raw: step['raw'] as bool? ?? false,
                maxTokens: number(step, 'max_tokens'),
                stop: (step['stop'] as List<Object?>? ?? []).cast<String>()),
            step,
            () => model(step).cancel());
      case 'count':
        return model(step).countTokens(textOf(step['text'])!);
      case 'inspect':
        final info = await inspect(path(step));
        return <String, Object?>{'kind': info.kind, 'architecture': info.architecture, 'bytes': info.bytes};
      case 'close':
        await switch (things[step['what']]) {
          final Team it => it.close(),
          final Session it => it.close(),
          final Object it => (it as Model).close(),
          null => null,
        };
      case final unknown:
        fail('there is no step "$unknown"');
    }
    return null;
  }
}

/// What is wrong with a step, or null.
Future<String?> check(Runner runner, Json step) async {
  final error = step['error'] as Json?;
  final Object? given;
  try {
    given = await runner.run(step);
  } on ArnyException catch (e) {
    if (error == null) return '$e';
    return wrong(error['code'], e.status, 'the error') ?? wrong({'contains': error['says']}, e.message, 'the message');
  }
  if (error != null) return 'it gave ${jsonEncode(given)}: the error ${error['code']} expected';
  for (final key in ['gives', 'events']) {
    if (step.containsKey(key)) return wrong(step[key], given);
  }
  return null;
}

Future<void> runScript(File file) async {
  final script = jsonDecode(file.readAsStringSync()) as Json;
  final files = {
    'team.json': jsonEncode(script['team']),
    for (final MapEntry(:key, :value) in (script['files']! as Json).entries) key: '#arny-fake 1\n${jsonEncode(value)}'
  };
  await withFolder(files, (folder) async {
    final runner = Runner(folder);
    var number = 0;
    for (final step in script['steps']! as List<Object?>) {
      number++;
      final problem = await check(runner, step! as Json);
      if (problem != null) fail('step $number (${(step as Json)['do']}): $problem');
    }
  });
}

void conformance() {
  final folder = Directory.fromUri(Platform.script.resolve('../../conformance'));
  final scripts = folder.listSync().whereType<File>().where((file) => file.path.endsWith('.json')).toList()
    ..sort((a, b) => a.path.compareTo(b.path));
  for (final script in scripts) {
    test('conformance ${script.uri.pathSegments.last}', () => runScript(script));
  }
}
