// All tests, against stubs of Flutter (test/stubs) and the library itself: run-tests.sh dart
import 'app_test.dart';
import 'assets_test.dart';
import 'docs_test.dart';
import 'example_test.dart';
import 'harness.dart';
import 'sentences_test.dart';
import 'services_test.dart';

Future<void> main(List<String> only) async {
  servicesTests();
  assetsTests();
  sentencesTests();
  appTests();
  exampleTests();
  docsTests();
  await runTests(only);
}
