// The build hook of SDKs that have them (Dart 3.10 and later): it puts the shared library into the app, where lib/src/library.dart finds
// it. The library is, the first of these that is there:
//
//   - a file that the app's pubspec.yaml names:      hooks: { user_defines: { arny: { library: build/libarny.so } } }
//   - native/OS-ARCHITECTURE/ in this package, as the release of a package that was built for them has it
//
// Without one nothing is put there, which is right where package arny_flutter builds the library, or the system has it.
//
// The protocol is JSON in and JSON out (the schemas of package:hooks and package:code_assets); it is spoken here without these packages,
// because they ask for a newer SDK than Flutter 3.22 has, whose apps use this package too and never run this file.
import 'dart:convert';
import 'dart:io';

typedef Json = Map<String, Object?>;

void main(List<String> arguments) {
  final named = arguments
      .firstWhere((word) => word.startsWith('--config='), orElse: () => '');
  if (named.isEmpty) {
    stderr.writeln('hook/build.dart: it is run by the SDK, with --config=FILE');
    exit(2);
  }
  final input = _object(
      jsonDecode(File(named.substring('--config='.length)).readAsStringSync()));
  final library = _wantsCode(input) ? _library(input) : null;
  File(input['out_file']! as String)
    ..parent.createSync(recursive: true)
    ..writeAsStringSync(jsonEncode(<String, Object?>{
      'status': 'success',
      'timestamp': DateTime.now().toUtc().toString().substring(0, 19),
      'dependencies': [if (library != null) library.path],
      'assets': [
        if (library != null)
          {
            'type': 'code_assets/code',
            'encoding': {
              'id': 'package:arny/arny',
              'file': library.path,
              'link_mode': {'type': 'dynamic_loading_bundle'},
            },
          },
      ],
    }));
}

Json _object(Object? value) => value is Json ? value : const {};

bool _wantsCode(Json input) =>
    (_object(input['config'])['build_asset_types'] as List<Object?>? ?? [])
        .contains('code_assets/code');

File? _library(Json input) {
  final code = _object(
      _object(_object(input['config'])['extensions'])['code_assets']);
  final os = code['target_os'], architecture = code['target_architecture'];
  final name = switch (os) {
    'windows' => 'arny.dll',
    'macos' || 'ios' => 'libarny.dylib',
    _ => 'libarny.so',
  };
  final root = input['package_root']! as String;
  final ready = File('$root/native/$os-$architecture/$name');
  for (final file in [_named(input), ready]) {
    if (file != null && file.existsSync()) return file.absolute;
  }
  return null;
}

/// What the app's pubspec.yaml says, relative to where that is.
File? _named(Json input) {
  final defines =
      _object(_object(input['user_defines'])['workspace_pubspec']);
  final path = _object(defines['defines'])['library'];
  if (path is! String) return null;
  final file = File.fromUri(
      Uri.directory('${defines['base_path'] ?? '.'}').resolve(path));
  if (!file.existsSync()) {
    stderr.writeln('hook/build.dart: there is no ${file.path}, which '
        'pubspec.yaml names (hooks: user_defines: arny: library)');
    exit(1);
  }
  return file;
}
