// All tests, without a package: dart run test/all.dart [PART OF A NAME]...
import 'conformance.dart';
import 'harness.dart';
import 'hook.dart';
import 'input.dart';
import 'native.dart';
import 'real.dart';
import 'speed.dart';

Future<void> main(List<String> only) async {
  nativeTests();
  hooks();
  conformance();
  input();
  speed();
  real();
  await runTests(only);
}
