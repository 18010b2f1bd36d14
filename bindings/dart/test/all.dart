// All tests: dart run test/all.dart [PART OF A NAME]...
import 'conformance.dart';
import 'harness.dart';

Future<void> main(List<String> only) async {
  conformance();
  await runTests(only);
}
