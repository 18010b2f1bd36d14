/// The classes of the mobile deployment guide (its Part 1 and Part 2, GGUF), on top of this library: their names, signatures and defaults, so
/// that what was written for them runs.
///
/// New code is better served by `package:arny/arny.dart`: its gateway says how sure it is, its agents keep their conversation, and its errors
/// have types.
library;

import 'dart:async';
import 'dart:convert';
import 'dart:io';

import 'arny.dart';

/// One model file that continues a prompt as it stands.
class LlamaProcessor {
  LlamaProcessor(
    this.path, {
    this.nThreads = 4,
    this.nCtx = 2048,
    this.nBatch = 512,
  });

  final String path;
  final int nThreads;
  final int nCtx;
  final int nBatch;
  Model? _model;

  /// Opens the file. Twice is once.
  Future<void> initialize() async => _model ??= await Model.open(path,
      threads: _threads(nThreads), context: nCtx, batch: nBatch);

  /// The tokens that follow the prompt, until one of [stop].
  Stream<String> stream(
    String prompt, {
    int maxTokens = 512,
    double temperature = 0.7,
    List<String> stop = const [],
  }) =>
      _ready
          .generate(prompt,
              raw: true,
              maxTokens: maxTokens,
              sampling: Sampling(temperature: temperature),
              stop: stop)
          .texts;

  Model get _ready =>
      _model ??
      (throw const ArnyArgumentException(
          'the model is not initialized: call initialize() first'));

  void dispose() {
    unawaited(_model?.close());
    _model = null;
  }
}

/// Strategy A: one GGUF that answers.
class AiServiceGguf {
  AiServiceGguf({this.modelPath = 'assets/models/model.gguf'});

  final String modelPath;
  Model? _model;

  Future<void> initialize() async => _model ??=
      await Model.open(modelPath, threads: _threads(4), context: 2048, batch: 512);

  /// The answer, framed as the model's own chat template wants it.
  Stream<String> generateStream({
    required String prompt,
    String? systemPrompt,
    int maxTokens = 512,
    double temperature = 0.7,
  }) =>
      _initialized(_model)
          .generate(prompt,
              system: systemPrompt ?? 'You are a helpful mobile AI assistant.',
              maxTokens: maxTokens,
              sampling: Sampling(temperature: temperature))
          .texts;

  void dispose() {
    unawaited(_model?.close());
    _model = null;
  }
}

/// Plan A: one model that plays all roles, each with its prompt.
class UniversalAiServiceGguf {
  UniversalAiServiceGguf(
      {this.modelPath = 'assets/models/arny_universal.gguf'});

  static const Map<String, String> _systemPrompts = {
    'wellness': '[AGENT:wellness] You are an empathetic wellness counselor.',
    'math': '[AGENT:math] You are a precise mathematics tutor.',
    'logistics': '[AGENT:logistics] You are an efficient logistics planner.',
  };

  final String modelPath;
  String _currentRole = 'wellness';
  Model? _model;

  /// Who answers now.
  String get currentRole => _currentRole;

  /// Once: the model stays in memory.
  Future<void> initialize() async => _model ??=
      await Model.open(modelPath, threads: _threads(4), context: 2048, batch: 512);

  /// Takes no time: the next prompt has another role in front. A role that there is not changes nothing.
  void switchRole(String role) {
    if (_systemPrompts.containsKey(role)) _currentRole = role;
  }

  Stream<String> generate(String prompt) => _initialized(_model)
      .generate(prompt, system: _systemPrompts[_currentRole], maxTokens: 512)
      .texts;

  void dispose() {
    unawaited(_model?.close());
    _model = null;
  }
}

/// Plan B: a gateway and specialists. In [models] lies a team.json, which says all about them; without one the guide's own files are taken:
/// gateway.gguf, which is asked for JSON, and a file for each specialist.
class HybridAiServiceGguf {
  HybridAiServiceGguf({this.models = 'assets/models'});

  final String models;
  Team? _team;
  Session? _session;
  String? _currentSpecialist;
  Directory? _made;

  Future<void> initialize() async {
    if (_team != null) return;
    final team = await Team.open(_folder());
    _session = await team.session();
    _team = team;
  }

  /// Who should answer, and how sure the gateway is. A message for nobody goes to who answered last.
  Future<RoutingDecision> classifyIntent(String input) async {
    final decision = await _initialized(_team).route(input);
    final answers = decision.agent == 'none'
        ? _currentSpecialist ?? _team!.agents.first.name
        : decision.agent;
    return RoutingDecision(
        agent: answers, confidence: decision.scores[answers] ?? 0);
  }

  /// The answer; before it, when another specialist is needed, a line that says so: `[Loading math model...]`.
  Stream<String> generate({required String prompt}) async* {
    final decision = await classifyIntent(prompt);
    if (decision.agent != _currentSpecialist) {
      yield '[Loading ${decision.agent} model...]';
      _currentSpecialist = decision.agent;
    }
    yield* _session!.ask(prompt, agent: decision.agent).texts;
  }

  /// What the guide forgot.
  Future<void> dispose() async {
    final session = _session, team = _team;
    _session = null;
    _team = null;
    await session?.close();
    await team?.close();
    if (_made?.existsSync() ?? false) _made!.deleteSync(recursive: true);
    _made = null;
  }

  String _folder() {
    if (File('$models/team.json').existsSync()) return models;
    const specialists = {
      'wellness': 'You are an empathetic wellness counselor.',
      'math': 'You are a precise mathematics tutor.',
      'logistics': 'You are an efficient logistics planner.',
    };
    final here = Directory(models).absolute.path;
    final made = _made = Directory.systemTemp.createTempSync('arny-team-');
    for (final name in ['gateway', ...specialists.keys]) {
      Link('${made.path}/$name.gguf').createSync('$here/$name.gguf'); // a team's files are in its folder
    }
    File('${made.path}/team.json').writeAsStringSync(jsonEncode({
      'arny': 1,
      'plan': 'hybrid',
      'models': {
        'gateway': {'gguf': 'gateway.gguf', 'context': 512},
        for (final name in specialists.keys)
          name: {'gguf': '$name.gguf', 'context': 2048},
      },
      'gateway': {'model': 'gateway', 'mode': 'json'},
      'agents': {
        for (final MapEntry(:key, :value) in specialists.entries)
          key: {'model': key, 'prompt': value},
      },
    }));
    return made.path;
  }
}

/// Which specialist, and how sure that is.
class RoutingDecision {
  RoutingDecision({required this.agent, required this.confidence});

  factory RoutingDecision.fromJson(Map<String, dynamic> json) {
    final agent = json['agent'], confidence = json['confidence'];
    if (agent is! String || confidence is! num) {
      throw ArnyDataException('a decision is {"agent": "...", "confidence": '
          '0 to 1}, and not ${jsonEncode(json)}');
    }
    return RoutingDecision(agent: agent, confidence: confidence.toDouble());
  }

  final String agent;
  final double confidence;
}

/// As many as were asked for, where the device has more cores than that; else the library chooses and follows the load: threads that wait for
/// a core make each other wait.
int _threads(int wanted) =>
    wanted < Platform.numberOfProcessors ? wanted : 0;

T _initialized<T>(T? thing) =>
    thing ??
    (throw const ArnyArgumentException(
        'the service is not initialized: call initialize() first'));
