// What lib/src/native.dart says of C is what C says: every function is there, every struct as long.
import 'dart:convert';
import 'dart:io';

import 'package:arny/src/library.dart';
import 'package:arny/src/native.dart' as c;

import 'harness.dart';

void nativeTests() {
  test('every function of the headers is bound', () {
    for (final MapEntry(:key, :value) in native.all.entries) {
      try {
        value();
      } on ArgumentError {
        fail('the library has no $key');
      }
    }
    expect(native.all.length > 70, true);
  });

  test('every struct is as long as in C', () {
    final layout = Platform.environment['ARNY_LAYOUT'];
    if (layout == null) fail('ARNY_LAYOUT must name what generate.py --layout printed');
    final told = jsonDecode(File(layout).readAsStringSync()) as Map<String, Object?>;
    expect(told.length, c.sizes.length);
    c.sizes.forEach((name, size) => expect((told[name]! as Map<String, Object?>)['size'], size, name));
  });

  test('a library can be found by one of its functions', () {
    final file = fileOf(native.library.lookup('arny_version').cast());
    expect(File(file).resolveSymbolicLinksSync().contains('arny'), true);
  });
}
