// The guide's classes and a real model, where the files of the demo team are.
import 'dart:io';

import 'package:arny/arny.dart';
import 'package:arny/guide.dart';

import '../example/ai_service_gguf.dart' as one;
import '../example/hybrid_ai_service_gguf.dart' as hybrid;
import '../example/universal_ai_service_gguf.dart' as universal;
import 'harness.dart';

void real() {
  final models = Platform.environment['ARNY_MODELS'] ?? '${Platform.environment['HOME']}/.cache/arny/models';
  final base = '$models/smollm2-135m.q4_0.gguf';
  final demo = Directory.fromUri(Platform.script.resolve('../../../models/demo')).path;

  test('a real model streams', () async {
    final model = await Model.open(base, context: 512);
    final texts = <String>[];
    for (var i = 0; i < 2; i++) {
      var tokens = 0;
      final text = StringBuffer();
      await for (final event in model.generate('Name three primes.', maxTokens: 24, sampling: Sampling.greedy)) {
        if (event is Token) {
          tokens++;
          text.write(event.text);
        }
        if (event is Ready) expect(event.restoredTokens > 0, i == 1, 'the prompt is in the KV cache');
      }
      expect(tokens, 24);
      texts.add('$text');
    }
    expect(texts[0], texts[1]);
    await model.close();
  });

  test('the demo team routes and answers', () async {
    final team = await Team.open(demo);
    final chat = await team.session();
    Routed? routed;
    final text = StringBuffer();
    await for (final event in chat.ask('Solve 2x + 5 = 15', maxTokens: 80)) {
      if (event is Routed) routed = event;
      if (event is Token) text.write(event.text);
    }
    expect(routed?.agent, 'math');
    expect(routed!.confidence > 0.9, true);
    expect('$text'.contains('5'), true);
    await chat.close();
    await team.close();
  });

  test('a LlamaProcessor continues a prompt', () async {
    final processor = LlamaProcessor(base, nThreads: 2, nCtx: 512);
    await expectThrows<ArnyArgumentException>(() => processor.stream('x').first);
    await processor.initialize();
    final text = await processor
        .stream('<|im_start|>user\nSay hello.<|im_end|>\n<|im_start|>assistant\n',
            maxTokens: 8, temperature: 0, stop: ['<|im_end|>'])
        .join();
    expect(text.isNotEmpty, true);
    processor.dispose();
  });

  test('the guide\'s own files make a team', () => withFolder({}, (folder) async {
        for (final name in ['gateway', 'wellness', 'math', 'logistics']) {
          Link('$folder/$name.gguf').createSync(base);
        }
        final service = HybridAiServiceGguf(models: folder);
        await service.initialize();
        final decision = await service.classifyIntent('Solve 2x + 5 = 15');
        expect(['wellness', 'math', 'logistics'].contains(decision.agent), true);
        final first = await service.generate(prompt: 'Solve 2x + 5 = 15').take(2).toList();
        expect(first[0].startsWith('[Loading ') && first[0].endsWith(' model...]'), true, first[0]);
        await service.dispose();
        await service.dispose();
      }));

  test('the guide\'s examples run', () => withFolder({}, (folder) async {
        final here = Directory.current, assets = '$folder/assets/models';
        Directory(assets).createSync(recursive: true);
        Link('$assets/model.gguf').createSync(base);
        Link('$assets/arny_universal.gguf').createSync('$models/universal.q8_0.gguf');
        for (final file in Directory('$demo/hybrid').listSync()) {
          Link('$assets/${file.uri.pathSegments.last}').createSync(File(file.path).resolveSymbolicLinksSync());
        }
        Directory.current = folder;
        try {
          await one.main();
          await universal.main();
          await hybrid.main();
        } finally {
          Directory.current = here;
        }
      }));

  test('a decision of JSON is checked', () async {
    expect(RoutingDecision.fromJson({'agent': 'math', 'confidence': 1}).confidence, 1.0);
    await expectThrows<ArnyDataException>(() => RoutingDecision.fromJson({'agent': 7}));
  });
}
