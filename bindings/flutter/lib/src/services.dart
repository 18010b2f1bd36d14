import 'dart:async';
import 'dart:convert';

import 'package:arny/arny.dart';
import 'package:arny/guide.dart' show RoutingDecision;

import 'channel.dart';

// The classes of the mobile deployment guide (its Part 1 and Part 2, PTE): their names, signatures and defaults. Each
// has a generateStream beside its generate.

const String _noResponse = '[Error: No response]';

/// Strategy B: one .pte that answers.
class AiServicePte {
  AiServicePte({String channel = ArnyChannel.defaultName})
      : channel = ArnyChannel(channel);

  final ArnyChannel channel;

  bool _isInitialized = false;
  bool get isInitialized => _isInitialized;

  Future<void> initialize({String modelPath = 'model.pte'}) async {
    final opened = await channel
        .invoke<bool>('initializeModel', {'modelPath': modelPath});
    _isInitialized = opened == true;
  }

  Future<String> generate({
    required String prompt,
    int maxTokens = 512,
    double temperature = 0.7,
  }) =>
      _generate(channel, prompt, maxTokens, temperature);

  /// The same, a token at a time. Whoever stops listening cancels it.
  Stream<String> generateStream({
    required String prompt,
    int maxTokens = 512,
    double temperature = 0.7,
  }) =>
      channel
          .answer(prompt, maxTokens: maxTokens, temperature: temperature)
          .texts;

  Future<void> dispose() async {
    await channel.invoke<void>('disposeModel');
    _isInitialized = false;
  }
}

/// Plan A: one .pte that plays all roles.
class UniversalAiServicePte {
  UniversalAiServicePte(
      {this.modelPath = 'arny_universal.pte',
      String channel = ArnyChannel.defaultName})
      : channel = ArnyChannel(channel);

  static const Map<String, String> _systemPrompts = {
    'wellness': '[AGENT:wellness] You are an empathetic wellness counselor.',
    'math': '[AGENT:math] You are a precise mathematics tutor.',
    'logistics': '[AGENT:logistics] You are an efficient logistics planner.',
  };

  final String modelPath;
  final ArnyChannel channel;
  bool _isInitialized = false;
  String _currentRole = 'wellness';

  /// Who answers now.
  String get currentRole => _currentRole;

  /// Once: the model stays in memory.
  Future<void> initialize() async {
    if (_isInitialized) return;
    final opened = await channel
        .invoke<bool>('initializeModel', {'modelPath': modelPath});
    _isInitialized = opened == true;
  }

  /// Takes no time: the next prompt has another role in front. A role that there is not changes nothing.
  void switchRole(String role) {
    if (_systemPrompts.containsKey(role)) _currentRole = role;
  }

  Future<String> generate(String prompt) async {
    _check(_isInitialized);
    return _generate(channel, _framed(prompt), 512, 0.7);
  }

  /// The same, a token at a time. Whoever stops listening cancels it.
  Stream<String> generateStream(String prompt) {
    _check(_isInitialized);
    return channel.answer(_framed(prompt)).texts;
  }

  String _framed(String prompt) =>
      '${_systemPrompts[_currentRole]}\n\nUser: $prompt\nAssistant:';

  Future<void> dispose() async {
    await channel.invoke<void>('disposeModel');
    _isInitialized = false;
  }
}

/// Plan B: a gateway and specialists. The native side makes a team of the files; where a team.json lies beside them, or
/// [team] names the folder of one, that says all.
class HybridAiServicePte {
  HybridAiServicePte(
      {this.models = modelPaths,
      this.team,
      String channel = ArnyChannel.defaultName})
      : channel = ArnyChannel(channel);

  static const Map<String, String> modelPaths = {
    'gateway': 'gateway.pte',
    'wellness': 'wellness.pte',
    'math': 'math.pte',
    'logistics': 'logistics.pte',
  };

  final Map<String, String> models;
  final String? team;
  final ArnyChannel channel;
  bool _isInitialized = false;
  String? _currentSpecialist;
  Future<void> _turn = Future.value();

  /// Who answered last.
  String? get currentSpecialist => _currentSpecialist;

  /// Files are mapped, not read: models are opened when they are needed.
  Future<void> initialize() async {
    if (_isInitialized) return;
    final opened = await channel.invoke<bool>('initializeModels',
        team == null ? {'models': models} : {'team': team});
    _isInitialized = opened == true;
  }

  /// Who should answer, and how sure the gateway is. A message for nobody goes to who answered last.
  Future<RoutingDecision> classifyIntent(String input) async {
    final json =
        await channel.invoke<String>('classifyIntent', {'prompt': input});
    final Object? decision;
    try {
      decision = jsonDecode(json ?? '{}');
    } on FormatException {
      throw ArnyDataException('the gateway answered no JSON, but $json');
    }
    if (decision is! Map<String, dynamic>) {
      throw ArnyDataException('the gateway answered no decision, but $json');
    }
    return RoutingDecision.fromJson(decision);
  }

  Future<String> generate(String prompt) async {
    _check(_isInitialized);
    // Between the switch and the answer nobody else may switch.
    return _inTurn(() async {
      await _switchFor(prompt);
      return _generate(channel, prompt, 512, 0.7);
    });
  }

  /// The same, a token at a time. Whoever stops listening cancels it.
  Stream<String> generateStream(String prompt) async* {
    _check(_isInitialized);
    final over = Completer<void>();
    final before = _turn;
    _turn = before.then((_) => over.future);
    try {
      await before;
      await _switchFor(prompt);
      yield* channel.answer(prompt).texts;
    } finally {
      over.complete();
    }
  }

  Future<void> _switchFor(String prompt) async {
    final decision = await classifyIntent(prompt);
    if (decision.agent == _currentSpecialist) return;
    await channel.invoke<void>('switchSpecialist', {'name': decision.agent});
    _currentSpecialist = decision.agent;
  }

  Future<T> _inTurn<T>(Future<T> Function() work) {
    final result = _turn.then((_) => work());
    _turn = result.then<void>((_) {}, onError: (Object _) {});
    return result;
  }

  Future<void> dispose() async {
    await channel.invoke<void>('disposeModels');
    _isInitialized = false;
    _currentSpecialist = null;
  }
}

Future<String> _generate(ArnyChannel channel, String prompt, int maxTokens,
        double temperature) async =>
    await channel.invoke<String>('generateText', {
      'prompt': prompt,
      'maxTokens': maxTokens,
      'temperature': temperature,
    }) ??
    _noResponse;

void _check(bool initialized) {
  if (!initialized) {
    throw const ArnyArgumentException(
        'the service is not initialized: call initialize() first');
  }
}
