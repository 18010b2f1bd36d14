// The guide's examples, as they stand there, and what can go wrong, against a native side that is played here.
import 'dart:async';

import 'package:arny_flutter/arny_flutter.dart';
import 'package:flutter/services.dart';

import '../example/guide/ai_service_pte.dart' as one;
import '../example/guide/hybrid_ai_service_pte.dart' as hybrid;
import '../example/guide/universal_ai_service_pte.dart' as universal;
import 'harness.dart';

const _name = 'com.example.app/executorch';

/// Plays the native side, and keeps what it was asked.
final class _Phone {
  _Phone([this._special]) {
    natives[_name] = _answer;
  }

  final Object? Function(String method, Map<Object?, Object?> arguments)?
      _special;
  final List<String> calls = [];
  final List<Map<Object?, Object?>> arguments = [];
  String _specialist = '';

  FutureOr<Object?> _answer(String method, Object? raw) {
    final given = raw as Map<Object?, Object?>? ?? const {};
    calls.add(method);
    arguments.add(given);
    final special = _special?.call(method, given);
    if (special != null) return special;
    switch (method) {
      case 'initializeModel' || 'initializeModels':
        return true;
      case 'generateText':
        return 'answer to ${given['prompt']}${_specialist.isEmpty ? '' : ' by $_specialist'}';
      case 'classifyIntent':
        return '${given['prompt']}'.contains('x')  && '${given['prompt']}'.contains('=')
            ? '{"agent": "math", "confidence": 0.98}'
            : '{"agent": "wellness", "confidence": 0.95}';
      case 'switchSpecialist':
        _specialist = given['name']! as String;
        return null;
      default:
        return null;
    }
  }

  void send(Map<Object?, Object?> event) => listeners['$_name/events']!(event);

  Object? get lastId => arguments.last['id'];
}

void servicesTests() {
  test("the guide's AiServicePte over the channel", () async {
    final phone = _Phone();
    final aiService = AiServicePte();
    await aiService.initialize();
    expect(await aiService.generate(prompt: 'Hello'), 'answer to Hello');
    await aiService.dispose();
    expect(phone.calls.join(' '), 'initializeModel generateText disposeModel');
    expect('${phone.arguments[0]}', '{modelPath: model.pte}');
    expect('${phone.arguments[1]}',
        '{prompt: Hello, maxTokens: 512, temperature: 0.7}');
  });

  test("the guide's example of plan A", () async {
    final phone = _Phone();
    final printed = await _printed(() async {
      final aiService = UniversalAiServicePte();
      await aiService.initialize();
      aiService.switchRole('wellness');
      final response1 = await aiService.generate('I feel stressed');
      print(response1);
      aiService.switchRole('math');
      final response2 = await aiService.generate('Solve 2x + 5 = 15');
      print(response2);
      aiService.switchRole('cooking'); // nobody of that name: nothing changes
      expect(aiService.currentRole, 'math');
      await aiService.initialize(); // once
      await aiService.dispose();
    });
    expect(printed.length, 2);
    expect(printed[1],
        'answer to [AGENT:math] You are a precise mathematics tutor.\n\nUser: Solve 2x + 5 = 15\nAssistant:');
    expect('${phone.arguments[0]}', '{modelPath: arny_universal.pte}');
    expect(phone.calls.join(' '),
        'initializeModel generateText generateText disposeModel');
  });

  test("the guide's example of plan B", () async {
    final phone = _Phone();
    final aiService = HybridAiServicePte();
    await aiService.initialize();
    final response1 = await aiService.generate('I feel anxious');
    final response2 = await aiService.generate('How to relax?');
    final response3 = await aiService.generate('Solve 3x + 7 = 22');
    expect(response1, 'answer to I feel anxious by wellness');
    expect(response2, 'answer to How to relax? by wellness');
    expect(response3, 'answer to Solve 3x + 7 = 22 by math');
    expect(aiService.currentSpecialist, 'math');
    await aiService.dispose();
    expect(
        phone.calls.join(' '),
        'initializeModels classifyIntent switchSpecialist generateText '
        'classifyIntent generateText classifyIntent switchSpecialist generateText disposeModels');
    expect('${phone.arguments[0]}',
        '{models: {gateway: gateway.pte, wellness: wellness.pte, math: math.pte, logistics: logistics.pte}}');
    final RoutingDecision decision = await aiService.classifyIntent('2x = 4');
    expect('${decision.agent} ${decision.confidence}', 'math 0.98');
  });

  test('the files in example/guide run', () async {
    final phone = _Phone();
    expect((await _printed(one.main)).single, 'answer to Name three primes.');
    expect((await _printed(universal.main)).length, 2);
    final told = await _printed(hybrid.main);
    expect(told.length, 3);
    expect(told[2], 'answer to Solve 3x + 7 = 22 by math');
    expect(phone.calls.where((call) => call == 'switchSpecialist').length, 2);
  });

  test('no answer is the text of the guide', () async {
    natives[_name] = (method, _) => null;
    expect(await AiServicePte().generate(prompt: 'x'), '[Error: No response]');
  });

  test('what is not initialized says so', () async {
    natives[_name] = (method, _) => false;
    final universal = UniversalAiServicePte();
    await universal.initialize();
    await expectThrows<Exception>(() => universal.generate('x'));
    await expectThrows<ArnyArgumentException>(
        () => HybridAiServicePte().generate('x'));
    await expectThrows<ArnyArgumentException>(
        () => HybridAiServicePte().generateStream('x').toList());
  });

  test('an error of the native side is a PlatformException', () async {
    natives[_name] = (method, _) => throw PlatformException(
        code: 'not-found', message: 'there is no model.pte', details: 'copy it');
    final error = await expectThrows<PlatformException>(AiServicePte().initialize);
    expect('${error.code}: ${error.message}; ${error.details}',
        'not-found: there is no model.pte; copy it');
    final service = AiServicePte();
    await expectThrows<PlatformException>(
        () => service.generateStream(prompt: 'x').toList());
  });

  test('without a plugin the call says which', () async {
    natives.remove(_name);
    await expectThrows<MissingPluginException>(AiServicePte().initialize);
  });

  test('a decision that is none is told', () async {
    for (final text in [null, '', 'math', '[]', '{}', '{"agent": 5}', '{"agent": "math", "confidence": "high"}']) {
      natives[_name] = (method, _) => text;
      await expectThrows<ArnyDataException>(
          () => HybridAiServicePte().classifyIntent('x'));
    }
    natives[_name] = (method, _) => '{"agent": "math", "confidence": 1}';
    expect((await HybridAiServicePte().classifyIntent('x')).confidence, 1.0);
  });

  test('a switch that fails is tried again, and two messages do not mix', () async {
    var refuse = true;
    final phone = _Phone((method, given) {
      if (method != 'switchSpecialist' || !refuse) return null;
      refuse = false;
      throw PlatformException(code: 'budget', message: 'no room');
    });
    final service = HybridAiServicePte();
    await service.initialize();
    await expectThrows<PlatformException>(() => service.generate('I feel sad'));
    final both = await Future.wait(
        [service.generate('I feel sad'), service.generate('2x = 4')]);
    expect(both.join('; '),
        'answer to I feel sad by wellness; answer to 2x = 4 by math');
    expect(phone.calls.where((call) => call == 'switchSpecialist').length, 3);
  });

  test('generateStream gives tokens, and ends with the answer', () async {
    final phone = _Phone((method, _) => method == 'startText' ? true : null);
    final service = AiServicePte();
    await service.initialize();
    final got = service.generateStream(prompt: 'Hello').toList();
    await until(() => phone.calls.last == 'startText');
    final id = phone.lastId;
    phone
      ..send({'type': 'loading', 'model': 'm', 'progress': 0.5})
      ..send({'type': 'token', 'id': id, 'text': 'x '})
      ..send({'type': 'token', 'id': -5, 'text': 'of somebody else'})
      ..send({'type': 'token', 'id': id, 'text': '= 5'})
      ..send({'type': 'unknown', 'id': id})
      ..send({'type': 'done', 'id': id, 'reason': 'stop', 'tokens': 2});
    expect((await got).join(), 'x = 5');
    expect(phone.calls.contains('cancelText'), false);
    await until(() => listeners.isEmpty);
  });

  test('an error event is thrown where it stood', () async {
    final phone = _Phone((method, _) => method == 'startText' ? true : null);
    final tokens = <String>[];
    final service = HybridAiServicePte();
    await service.initialize();
    final end = expectThrows<PlatformException>(() async {
      await for (final token in service.generateStream('sad')) {
        tokens.add(token);
      }
    });
    await until(() => phone.calls.last == 'startText');
    final id = phone.lastId;
    phone
      ..send({'type': 'token', 'id': id, 'text': 'x'})
      ..send({'type': 'error', 'id': id, 'code': 'context', 'message': 'full', 'remedy': 'shorter'});
    final error = await end;
    expect('${error.code} ${error.details} ${tokens.join()}', 'context shorter x');
    // The next one has its turn.
    final next = service.generateStream('sad').toList();
    await until(() => phone.calls.last == 'startText' && phone.lastId != id);
    phone.send({'type': 'done', 'id': phone.lastId, 'reason': 'stop'});
    expect((await next).length, 0);
  });

  test('whoever stops listening cancels the answer', () async {
    final phone = _Phone((method, _) => method == 'startText' ? true : null);
    final service = AiServicePte();
    final first = service.generateStream(prompt: 'Hello').first;
    await until(() => phone.calls.isNotEmpty);
    final id = phone.lastId;
    phone.send({'type': 'token', 'id': id, 'text': 'x'});
    expect(await first, 'x');
    await until(() => phone.calls.last == 'cancelText');
    expect(phone.lastId, id);
    await until(() => listeners.isEmpty);
  });

  test('progress, memory and power are streams', () async {
    final phone = _Phone();
    final channel = ArnyChannel();
    final loading = channel.loading.first;
    final memory = channel.memories.first;
    final power = channel.power.first;
    phone
      ..send({'type': 'loading', 'model': 'math.pte', 'progress': 0.25})
      ..send({
        'type': 'memory',
        'rss': 5000000000,
        'budget': 7,
        'agents': [
          {'agent': 'math', 'model': 'm', 'state': 'parked', 'weights': 3}
        ]
      })
      ..send({'type': 'power', 'lowPower': false, 'thermal': 'serious'});
    expect((await loading).progress, 0.25);
    final told = await memory;
    expect('${told.rss} ${told.budget} ${told.agents.single.agent} ${told.agents.single.state.name}',
        '5000000000 7 math parked');
    final state = await power;
    expect('${state.constrained} ${state.threads}', 'true 2');
    expect(PowerState.of({'thermal': 'volcanic'}).threads, 0);
  });

  test('another channel is another name', () async {
    final calls = <String>[];
    natives['com.acme.app/models'] = (method, _) {
      calls.add(method);
      return true;
    };
    await AiServicePte(channel: 'com.acme.app/models').initialize();
    expect(calls.join(), 'initializeModel');
  });
}

Future<List<String>> _printed(Future<void> Function() body) async {
  final lines = <String>[];
  await runZoned(body,
      zoneSpecification: ZoneSpecification(
          print: (_, __, ___, line) => lines.add(line)));
  return lines;
}
