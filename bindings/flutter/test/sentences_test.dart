// Whole sentences for screen readers.
import 'package:arny_flutter/arny_flutter.dart';

import 'harness.dart';

/// What is announced of a text that comes in these tokens.
String _of(Iterable<String> tokens) {
  final announcer = SentenceAnnouncer();
  final said = [for (final token in tokens) ...announcer.add(token)];
  final rest = announcer.end();
  return [...said, if (rest != null) rest].join('|');
}

void sentencesTests() {
  test('tokens become sentences, however they are cut', () {
    const texts = {
      'x = 5. That is all': 'x = 5.|That is all',
      'It costs 3.50 now. Yes!': 'It costs 3.50 now.|Yes!',
      'Really?! "Yes." He went.': 'Really?!|"Yes."|He went.',
      'Steps:\n1. Add 5.\n2. Halve it.\n': 'Steps:|1. Add 5.|2. Halve it.',
      'See e.g. page 5 by J. Smith. End.': 'See e.g. page 5 by J. Smith.|End.',
      'Well... maybe. No': 'Well...|maybe.|No',
      '¿Qué pasa? ¡Nada! Adiós': '¿Qué pasa?|¡Nada!|Adiós',
      '你好。很好！再见': '你好。|很好！|再见',
      '': '',
      '  \n\n ': '',
    };
    for (final MapEntry(key: text, value: expected) in texts.entries) {
      expect(_of([text]), expected);
      expect(_of(text.split('')), expected);
    }
  });

  test('nothing is announced before it is a sentence', () {
    final announcer = SentenceAnnouncer();
    expect(announcer.add('x is').length, 0);
    expect(announcer.add(' 5.').length, 0);
    expect(announcer.add(' That').join(), 'x is 5.');
    expect(announcer.end(), 'That');
    expect(announcer.end(), null);
  });
}
